//! A sorted map for what is nearly always small: a path has one fact, and a tree's node has room for eleven. What has
//! grown is a tree, so that nobody can make it slow (keeps I6).

use std::collections::BTreeMap;

/// Pairs that are kept in a sorted list; beyond, in a tree.
const FEW_MAX: usize = 16;

/// A map from `K` to `V`, in the order of its keys.
#[derive(Debug, Clone)]
pub struct Few<K, V>(Kept<K, V>);

#[derive(Debug, Clone)]
enum Kept<K, V> {
    List(Vec<(K, V)>),
    Tree(BTreeMap<K, V>),
}

impl<K: Ord, V> Few<K, V> {
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::List(list) => list.len(),
            Kept::Tree(tree) => tree.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        match &self.0 {
            Kept::List(list) => place(list, key).ok().map(|at| &list[at].1),
            Kept::Tree(tree) => tree.get(key),
        }
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        match &mut self.0 {
            Kept::List(list) => place(list, key).ok().map(|at| &mut list[at].1),
            Kept::Tree(tree) => tree.get_mut(key),
        }
    }

    /// Puts a value in, and gives the one that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let list = match &mut self.0 {
            Kept::Tree(tree) => return tree.insert(key, value),
            Kept::List(list) => list,
        };
        match place(list, &key) {
            Ok(at) => return Some(std::mem::replace(&mut list[at].1, value)),
            Err(at) if list.len() < FEW_MAX => {
                list.reserve_exact(usize::from(list.is_empty()));
                list.insert(at, (key, value));
            }
            Err(_) => {
                let mut tree: BTreeMap<K, V> = std::mem::take(list).into_iter().collect();
                tree.insert(key, value);
                self.0 = Kept::Tree(tree);
            }
        }
        None
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        match &mut self.0 {
            Kept::List(list) => place(list, key).ok().map(|at| list.remove(at).1),
            Kept::Tree(tree) => tree.remove(key),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        let (list, tree) = match &self.0 {
            Kept::List(list) => (Some(list), None),
            Kept::Tree(tree) => (None, Some(tree)),
        };
        list.into_iter().flatten().map(|(key, value)| (key, value)).chain(tree.into_iter().flatten())
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }
}

fn place<K: Ord, V>(list: &[(K, V)], key: &K) -> Result<usize, usize> {
    list.binary_search_by(|(known, _)| known.cmp(key))
}

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Kept::List(Vec::new()))
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Few<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Ord, V: Eq> Eq for Few<K, V> {}

impl<K: Ord, V> FromIterator<(K, V)> for Few<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut few = Self::default();
        for (key, value) in pairs {
            few.insert(key, value);
        }
        few
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_sorted_map(steps in prop::collection::vec((0u8..40, 0u8..3, 0u16..9), 0..120)) {
            let (mut few, mut map) = (Few::default(), BTreeMap::new());
            for (key, what, value) in steps {
                if what == 0 {
                    prop_assert_eq!(few.remove(&key), map.remove(&key));
                } else {
                    prop_assert_eq!(few.insert(key, value), map.insert(key, value));
                }
                prop_assert!(few.iter().eq(map.iter()) && few.len() == map.len());
                prop_assert_eq!(few.get(&key), map.get(&key));
            }
            prop_assert_eq!(&map.into_iter().collect::<Few<_, _>>(), &few);
        }
    }
}
