//! Stable Diffusion's parts between their first authors' names (LDM) and those of diffusers: numbers of blocks are of their place
//! among all of them there, and of their place in a level here, so that the rules are made for the keys at hand.
//!
//! Sources: `diffusers/loaders/single_file_utils.py`, which `scripts/interop` holds these against.

use super::{How, Rule};

/// Levels that are looked for.
const LEVELS: usize = 8;

/// Blocks of a level that are looked for.
const BLOCKS: usize = 4;

/// What stands before the keys in a file of the whole.
const UNET: &str = "model.diffusion_model.";
const VAE: &str = "first_stage_model.";

/// The parts of a residual block: LDM's names, and those of diffusers.
const RESIDUAL: &[(&str, &str)] = &[
    ("in_layers.0", "norm1"),
    ("in_layers.2", "conv1"),
    ("emb_layers.1", "time_emb_proj"),
    ("out_layers.0", "norm2"),
    ("out_layers.3", "conv2"),
    ("skip_connection", "conv_shortcut"),
];

/// What stands once in a U-Net.
const ONCE: &[(&str, &str)] = &[
    ("time_embed.0", "time_embedding.linear_1"),
    ("time_embed.2", "time_embedding.linear_2"),
    ("label_emb.0.0", "add_embedding.linear_1"),
    ("label_emb.0.2", "add_embedding.linear_2"),
    ("input_blocks.0.0", "conv_in"),
    ("out.0", "conv_norm_out"),
    ("out.2", "conv_out"),
    ("middle_block.1", "mid_block.attentions.0"),
];

/// The attention of a VAE: convolutions of one pixel there, linear layers here.
const ATTENTION: &[(&str, &str)] = &[("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0")];

/// The pairs of a change, from LDM to diffusers.
#[derive(Default)]
struct Pairs(Vec<(String, String, How)>);

impl Pairs {
    fn add(&mut self, ldm: impl Into<String>, here: impl Into<String>, how: How) {
        self.0.push((ldm.into(), here.into(), how));
    }

    /// All that lies under two names.
    fn under(&mut self, ldm: impl std::fmt::Display, here: impl std::fmt::Display) {
        self.add(format!("{ldm}.*"), format!("{here}.*"), How::Same);
    }

    fn residual(&mut self, ldm: &str, here: &str) {
        for (theirs, ours) in RESIDUAL {
            self.under(format!("{ldm}.{theirs}"), format!("{here}.{ours}"));
        }
    }

    fn rules(self, forward: bool) -> Vec<Rule> {
        let rule = |(ldm, here, how): (String, String, How)| {
            let (from, to) = if forward { (ldm, here) } else { (here, ldm) };
            let how = if forward { how } else { super::presets::back(how) };
            Rule { from: vec![from], to: vec![to], shift: Vec::new(), how }
        };
        self.0.into_iter().map(rule).collect()
    }
}

/// The rules of a preset for these keys; none for the name of another.
pub fn rules(left: &str, right: &str, forward: bool, keys: &[String]) -> Option<Vec<Rule>> {
    let pairs = match (left, right) {
        ("ldm unet", "diffusers unet") => unet(forward, keys),
        ("ldm vae", "diffusers vae") => vae(forward, keys),
        _ => return None,
    };
    Some(pairs.rules(forward))
}

/// What stands before the keys on LDM's side: nothing where a part was saved alone.
fn root<'a>(root: &'a str, forward: bool, keys: &[String]) -> &'a str {
    if forward && keys.iter().any(|key| key.starts_with(root)) { root } else { "" }
}

fn begins(keys: &[String], with: &str) -> bool {
    keys.iter().any(|key| key.starts_with(with))
}

fn unet(forward: bool, keys: &[String]) -> Pairs {
    let root = root(UNET, forward, keys);
    let mut pairs = Pairs::default();
    for (theirs, ours) in ONCE {
        pairs.under(format!("{root}{theirs}"), ours);
    }
    pairs.residual(&format!("{root}middle_block.0"), "mid_block.resnets.0");
    pairs.residual(&format!("{root}middle_block.2"), "mid_block.resnets.1");
    let each = match forward {
        true => (1..).take(LEVELS).find(|at| begins(keys, &format!("{root}input_blocks.{at}.0.op."))),
        false => (0..BLOCKS).rev().find(|at| begins(keys, &format!("down_blocks.0.resnets.{at}."))),
    };
    let each = each.map_or(2, |at| if forward { at - 1 } else { at + 1 });
    for level in 0..LEVELS {
        for block in 0..each {
            let place = format!("{root}input_blocks.{}", 1 + level * (each + 1) + block);
            pairs.residual(&format!("{place}.0"), &format!("down_blocks.{level}.resnets.{block}"));
            pairs.under(format!("{place}.1"), format!("down_blocks.{level}.attentions.{block}"));
        }
        let place = format!("{root}input_blocks.{}.0.op", (level + 1) * (each + 1));
        pairs.under(place, format!("down_blocks.{level}.downsamplers.0.conv"));
        // What makes an image larger stands behind the attention, where there is one.
        let last = format!("{root}output_blocks.{}", level * (each + 1) + each);
        let larger = format!("up_blocks.{level}.upsamplers.0.conv");
        let has_attention = match forward {
            true => begins(keys, &format!("{last}.2.")),
            false => begins(keys, &format!("up_blocks.{level}.attentions.{each}.")),
        };
        pairs.under(format!("{last}.{}.conv", if has_attention { 2 } else { 1 }), larger);
        for block in 0..=each {
            let place = format!("{root}output_blocks.{}", level * (each + 1) + block);
            pairs.residual(&format!("{place}.0"), &format!("up_blocks.{level}.resnets.{block}"));
            pairs.under(format!("{place}.1"), format!("up_blocks.{level}.attentions.{block}"));
        }
    }
    pairs
}

fn vae(forward: bool, keys: &[String]) -> Pairs {
    let root = root(VAE, forward, keys);
    let mut pairs = Pairs::default();
    for name in ["quant_conv", "post_quant_conv"] {
        pairs.under(format!("{root}{name}"), name);
    }
    // The decoder counts its levels from the other end here.
    let holds = |level: usize| match forward {
        true => begins(keys, &format!("{root}decoder.up.{level}.")),
        false => begins(keys, &format!("decoder.up_blocks.{level}.")),
    };
    let levels = (0..LEVELS).take_while(|level| holds(*level)).count();
    for (side, down, here, sampler, sample) in [
        ("encoder", "down", "down_blocks", "downsamplers", "downsample"),
        ("decoder", "up", "up_blocks", "upsamplers", "upsample"),
    ] {
        for (theirs, ours) in
            [("conv_in", "conv_in"), ("conv_out", "conv_out"), ("norm_out", "conv_norm_out")]
        {
            pairs.under(format!("{root}{side}.{theirs}"), format!("{side}.{ours}"));
        }
        for block in 0..2 {
            vae_block(
                &mut pairs,
                &format!("{root}{side}.mid.block_{}", block + 1),
                &format!("{side}.mid_block.resnets.{block}"),
            );
        }
        let (theirs, ours) = (format!("{root}{side}.mid.attn_1"), format!("{side}.mid_block.attentions.0"));
        pairs.under(format!("{theirs}.norm"), format!("{ours}.group_norm"));
        for (convolution, linear) in ATTENTION {
            let weights = [&theirs, &ours].map(|of| of.as_str());
            let [theirs, ours] = weights;
            pairs.add(format!("{theirs}.{convolution}.weight"), format!("{ours}.{linear}.weight"), How::Flat);
            pairs.add(format!("{theirs}.{convolution}.bias"), format!("{ours}.{linear}.bias"), How::Same);
        }
        for level in 0..levels.max(1) {
            let place = if side == "decoder" { levels.max(1) - 1 - level } else { level };
            let (theirs, ours) = (format!("{root}{side}.{down}.{place}"), format!("{side}.{here}.{level}"));
            for block in 0..BLOCKS {
                vae_block(&mut pairs, &format!("{theirs}.block.{block}"), &format!("{ours}.resnets.{block}"));
            }
            pairs.under(format!("{theirs}.{sample}.conv"), format!("{ours}.{sampler}.0.conv"));
        }
    }
    pairs
}

fn vae_block(pairs: &mut Pairs, theirs: &str, ours: &str) {
    pairs.under(format!("{theirs}.nin_shortcut"), format!("{ours}.conv_shortcut"));
    pairs.under(theirs, ours);
}
