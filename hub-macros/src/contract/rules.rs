//! What goes together in a `KerasLayer`: the table of hub-legacy, once more.
//!
//! A procedural macro cannot have that crate in it, which loads models. A test in hub-layers goes through every case
//! and holds the two tables together; whoever changes one changes the other.

/// What the rules need to know of a model.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Offered<'a> {
    /// Whether it is in the TF1 Hub format.
    pub(crate) is_hub_format: bool,
    /// Whether it can be called itself.
    pub(crate) is_callable: bool,
    /// The names of its signatures.
    pub(crate) signatures: &'a [&'a str],
}

/// What the user chose.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    /// The signature to call.
    pub(crate) signature: Option<&'a str>,
    /// The output to take.
    pub(crate) output_key: Option<&'a str>,
    /// Whether all outputs are wanted as a dict.
    pub(crate) as_dict: bool,
}

/// What is called, and the output that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    /// The signature; `None` for the model itself.
    pub(crate) signature: Option<String>,
    /// The key of the output.
    pub(crate) output_key: Option<String>,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A signature, with both or neither of the two ways to its outputs.
    SignatureOutput {
        /// Whether it is both.
        both: bool,
    },
    /// A dict of outputs, without a signature.
    DictWithoutSignature,
    /// No signature was named, and the model cannot be called.
    SignatureNeeded,
    /// There is no such signature.
    UnknownSignature(String),
}

/// Applies the table.
pub(crate) fn select(offered: Offered<'_>, wanted: Wanted<'_>) -> Result<Selection, Broken> {
    let Wanted { mut signature, mut output_key, as_dict } = wanted;
    if offered.is_hub_format {
        let default = |given: Option<&'_ str>| given.is_none_or(str::is_empty);
        if default(signature) {
            signature = Some("default");
        }
        if !as_dict && default(output_key) {
            output_key = Some("default");
        }
    }
    let chosen = signature.filter(|name| !name.is_empty());
    match chosen {
        Some(_) if output_key.is_some() == as_dict => return Err(Broken::SignatureOutput { both: as_dict }),
        None if as_dict => return Err(Broken::DictWithoutSignature),
        _ => {}
    }
    let output_key = output_key.filter(|key| !key.is_empty()).map(str::to_owned);
    if chosen.is_none() && offered.is_callable {
        return Ok(Selection { signature: None, output_key });
    }
    match signature {
        None => Err(Broken::SignatureNeeded),
        Some(name) if !offered.signatures.contains(&name) => Err(Broken::UnknownSignature(name.to_owned())),
        Some(name) => Ok(Selection { signature: Some(name.to_owned()), output_key }),
    }
}

/// Every case, with what comes of it in one word; for the test that compares.
pub(crate) fn cases() -> Vec<(Offered<'static>, Wanted<'static>, String)> {
    let mut cases = Vec::new();
    let names = [None, Some(""), Some("sig"), Some("default"), Some("other")];
    for is_hub_format in [false, true] {
        for is_callable in [false, true] {
            for signatures in [&[][..], &["default", "sig"][..]] {
                for signature in names {
                    for output_key in names {
                        for as_dict in [false, true] {
                            let offered = Offered { is_hub_format, is_callable, signatures };
                            let wanted = Wanted { signature, output_key, as_dict };
                            cases.push((offered, wanted, outcome(select(offered, wanted))));
                        }
                    }
                }
            }
        }
    }
    cases
}

fn outcome(selected: Result<Selection, Broken>) -> String {
    match selected {
        Ok(Selection { signature, output_key }) => {
            format!("{} {}", signature.unwrap_or("object".into()), output_key.unwrap_or("all".into()))
        }
        Err(Broken::SignatureOutput { both: true }) => "both".into(),
        Err(Broken::SignatureOutput { both: false }) => "neither".into(),
        Err(Broken::DictWithoutSignature) => "dict without signature".into(),
        Err(Broken::SignatureNeeded) => "signature needed".into(),
        Err(Broken::UnknownSignature(name)) => format!("unknown {name}"),
    }
}
