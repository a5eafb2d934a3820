//! Mixtures of block types: which tensor of a model llama.cpp makes blocks of which type (`llama-quant.cpp`), so that what matters
//! most keeps most bits.

use super::blocks::{BlockType, block_type_named};

/// A mixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixture {
    /// `Q4_K_M`
    pub name: &'static str,
    /// llama.cpp's number for such files (`general.file_type`).
    pub file_type: u32,
    /// The type of everything that no rule speaks of.
    base: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One type, but for the head.
    Plain,
    NonLinear,
    Two,
    TwoSmall,
    ThreeSmall,
    ThreeMedium,
    ThreeLarge,
    FourSmall,
    FourMedium,
    FiveSmall,
    FiveMedium,
}

const fn row(name: &'static str, file_type: u32, base: &'static str, kind: Kind) -> Mixture {
    Mixture { name, file_type, base, kind }
}

/// The mixtures that are made without a measure of importance.
pub const MIXTURES: &[Mixture] = &[
    row("Q2_K_S", 21, "Q2_K", Kind::TwoSmall),
    row("Q3_K_S", 11, "Q3_K", Kind::ThreeSmall),
    row("Q3_K_M", 12, "Q3_K", Kind::ThreeMedium),
    row("Q3_K_L", 13, "Q3_K", Kind::ThreeLarge),
    row("Q4_K_M", 15, "Q4_K", Kind::FourMedium),
    row("Q4_K_S", 14, "Q4_K", Kind::FourSmall),
    row("Q5_K_M", 17, "Q5_K", Kind::FiveMedium),
    row("Q5_K_S", 16, "Q5_K", Kind::FiveSmall),
];

/// What llama.cpp's quantizer makes of the types that have a name of their own, unless it is told `--pure`.
pub const MIXED: &[Mixture] = &[
    row("Q4_0", 2, "Q4_0", Kind::Plain),
    row("Q4_1", 3, "Q4_1", Kind::Plain),
    row("Q5_0", 8, "Q5_0", Kind::Plain),
    row("Q5_1", 9, "Q5_1", Kind::Plain),
    row("Q8_0", 7, "Q8_0", Kind::Plain),
    row("Q2_K", 10, "Q2_K", Kind::Two),
    row("Q6_K", 18, "Q6_K", Kind::Plain),
    row("IQ4_NL", 25, "IQ4_NL", Kind::NonLinear),
];

/// Types of which the quantizer takes a mixture of another name.
const ALIASES: &[(&str, &str)] = &[("Q3_K", "Q3_K_M"), ("Q4_K", "Q4_K_M"), ("Q5_K", "Q5_K_M")];

/// What a model is like, as far as the mixtures ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// Layers with attention.
    pub layers: usize,
    /// Whether there is a head apart from the embedding.
    pub has_output: bool,
    /// Heads of queries for each head of keys.
    pub queries_per_key: i64,
}

/// Layers of the models whose values are shared by many heads, and so get more bits (Llama 2 70B and its like).
const LAYERS_OF_70B: usize = 80;

impl Mixture {
    /// The mixture of a name, in capitals or not.
    #[must_use]
    pub fn named(name: &str) -> Option<Mixture> {
        MIXTURES.iter().find(|row| row.name.eq_ignore_ascii_case(name)).copied()
    }

    /// What the quantizer makes when it is asked for a type of blocks.
    #[must_use]
    pub fn of_type(name: &str) -> Option<Mixture> {
        let alias = ALIASES.iter().find(|(known, _)| *known == name).map(|(_, mixture)| *mixture);
        alias.and_then(Mixture::named).or_else(|| MIXED.iter().find(|row| row.name == name).copied())
    }

    /// The type for the tensor of a name that llama.cpp gives it.
    #[must_use]
    pub fn block(&self, name: &str, model: Model) -> Option<BlockType> {
        block_type_named(self.type_of(name, model))
    }

    fn type_of(&self, name: &str, model: Model) -> &'static str {
        use Kind::{FiveMedium, FourMedium, FourSmall, NonLinear, ThreeLarge, ThreeMedium, Two, TwoSmall};
        let is_head = name == "output.weight" || !model.has_output && name == "token_embd.weight";
        if is_head {
            return if self.base == "Q8_0" { "Q8_0" } else { "Q6_K" };
        }
        let (layer, layers) = (layer_of(name).unwrap_or(0), model.layers);
        let is_late = layer >= 7 * layers / 8 || layer.wrapping_sub(layers / 8) % 3 == 2;
        let has_more_bits = layer < layers / 8 || is_late;
        match (part_of(name), self.kind) {
            ("attn_v", kind) => {
                let chosen = match kind {
                    Two | TwoSmall if model.queries_per_key >= 4 => "Q4_K",
                    Two => "Q3_K",
                    NonLinear if model.queries_per_key >= 4 => "Q5_K",
                    ThreeMedium if layer >= 2 => "Q4_K",
                    ThreeMedium | ThreeLarge => "Q5_K",
                    FourMedium | FiveMedium if has_more_bits => "Q6_K",
                    FourSmall if layer < 4 => "Q5_K",
                    _ => self.base,
                };
                if layers == LAYERS_OF_70B && matches!(chosen, "Q3_K" | "Q4_K") { "Q5_K" } else { chosen }
            }
            ("ffn_down" | "attn_output", Two) => "Q3_K",
            ("ffn_down", NonLinear) if layer < layers / 8 => "Q5_K",
            ("ffn_down", TwoSmall) if layer < layers / 8 => "Q4_K",
            ("ffn_down", ThreeMedium) if layer >= layers / 16 => "Q4_K",
            ("ffn_down", ThreeMedium | ThreeLarge) => "Q5_K",
            ("ffn_down", FourMedium | FiveMedium) if has_more_bits => "Q6_K",
            ("ffn_down", FourSmall) if layer < layers / 8 => "Q5_K",
            ("attn_output", ThreeMedium) | ("attn_qkv", ThreeMedium | ThreeLarge) => "Q4_K",
            ("attn_output", ThreeLarge) | ("attn_qkv", FourMedium) => "Q5_K",
            ("attn_qkv", FiveMedium) => "Q6_K",
            _ => self.base,
        }
    }
}

/// `3` of `blk.3.attn_v.weight`
#[must_use]
pub fn layer_of(name: &str) -> Option<usize> {
    name.strip_prefix("blk.")?.split('.').next()?.parse().ok()
}

/// `attn_v` of `blk.3.attn_v.weight`; nothing for a bias.
#[must_use]
pub fn part_of(name: &str) -> &str {
    let part = name.strip_suffix(".weight").and_then(|name| name.strip_prefix("blk.")?.split_once('.'));
    part.map_or("", |(_, part)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_bits_go_to_the_first_the_last_and_every_third_layer() {
        let model = Model { layers: 16, has_output: true, queries_per_key: 1 };
        let mixture = Mixture::named("q4_k_m").unwrap();
        let better: Vec<usize> = (0..16)
            .filter(|layer| {
                mixture.block(&format!("blk.{layer}.attn_v.weight"), model).unwrap().name == "Q6_K"
            })
            .collect();
        assert_eq!(better, [0, 1, 4, 7, 10, 13, 14, 15]);
        let name = |name: &str, model| mixture.block(name, model).unwrap().name;
        assert_eq!(name("output.weight", model), "Q6_K");
        assert_eq!(name("token_embd.weight", model), "Q4_K");
        assert_eq!(name("token_embd.weight", Model { has_output: false, ..model }), "Q6_K");
        assert_eq!(name("blk.3.ffn_gate.weight", model), "Q4_K");
    }

    #[test]
    fn a_type_that_is_not_pure_has_another_for_the_head() {
        let model = Model { layers: 16, has_output: true, queries_per_key: 1 };
        let of = |kind: &str, name: &str| Mixture::of_type(kind).unwrap().block(name, model).unwrap().name;
        assert_eq!(of("Q4_0", "output.weight"), "Q6_K");
        assert_eq!(of("Q8_0", "output.weight"), "Q8_0");
        assert_eq!(of("Q4_0", "blk.0.attn_v.weight"), "Q4_0");
        assert_eq!(of("Q2_K", "blk.9.attn_v.weight"), "Q3_K");
        assert_eq!(of("Q2_K", "blk.9.ffn_down.weight"), "Q3_K");
        assert_eq!(of("Q2_K", "blk.9.ffn_up.weight"), "Q2_K");
        assert_eq!(of("IQ4_NL", "blk.1.ffn_down.weight"), "Q5_K");
        assert_eq!(of("Q4_K", "blk.0.attn_v.weight"), "Q6_K");
        for block in crate::gguf::blocks::packable() {
            assert!(Mixture::of_type(block.name).is_some(), "{}", block.name);
        }
    }
}
