//! `samsyn search`.

use clap::Args;

#[derive(Debug, Args)]
pub struct SearchArgs {
    /// Ord som alla ska finnas med, i vilken ordning som helst och även inuti längre ord
    #[arg(value_name = "ORD", required = true, num_args = 1..)]
    pub words: Vec<String>,
    /// Bara ett slag: arbete, färdplan, beslut, indikatorer eller program
    #[arg(long, value_name = "SLAG")]
    pub kind: Option<String>,
    /// Sida, från 1
    #[arg(long, value_name = "SIDA", default_value_t = 1, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub page: u32,
}
