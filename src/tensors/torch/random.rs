//! Random numbers: seeds, states and generators.

use num_traits::ToPrimitive;

use crate::values::convert::wrap;
use crate::values::device::device_of;
use crate::values::objects::Generator;
use torchsh_aten::{self as aten, Device, DeviceKind};
use torchsh_base::error::{Error, Result};
use torchsh_language::value::{Args, Builtin, Value, Vm, opt, req};

/// A seed; a negative one counts down from 2**64.
fn seed_of(vm: &dyn Vm, value: &Value) -> Result<u64> {
    let value = match value {
        Value::Float(value) => torchsh_language::value::number::truncate(*value)?,
        other => other.clone(),
    };
    let seed = torchsh_language::value::number::big_index(vm, &value)?;
    let seed = seed.to_i128().filter(|seed| *seed >= i128::from(i64::MIN) && *seed <= i128::from(u64::MAX));
    match seed {
        Some(seed) => Ok(seed as u64),
        None => Err(Error::runtime("Overflow when unpacking unsigned long")),
    }
}

fn manual_seed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let seed = seed_of(vm, args.value(0))?;
    aten::manual_seed(seed)?;
    Ok(Value::native(Generator(aten::Generator::default_of(Device::CPU)?)))
}

/// For `torch.cuda`: nothing comes back.
fn manual_seed_all(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let seed = seed_of(vm, args.value(0))?;
    for index in 0..u8::try_from(aten::cuda_device_count()).unwrap_or(0) {
        aten::Generator::default_of(Device { kind: DeviceKind::Cuda, index: Some(index) })?
            .manual_seed(seed)?;
    }
    Ok(Value::None)
}

fn seed(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    let seed = aten::Generator::default_of(Device::CPU)?.seed()?;
    aten::manual_seed(seed)?;
    Ok(Value::big(seed.into()))
}

fn initial_seed(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::big(aten::Generator::default_of(Device::CPU)?.initial_seed()?.into()))
}

fn get_rng_state(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    aten::Generator::default_of(Device::CPU)?.state().map(wrap)
}

fn set_rng_state(vm: &dyn Vm, args: &Args) -> Result<Value> {
    aten::Generator::default_of(Device::CPU)?.set_state(&args.tensor(vm, 0)?.tensor())?;
    Ok(Value::None)
}

fn default_generator(_vm: &dyn Vm, _args: &Args) -> Result<Value> {
    Ok(Value::native(Generator(aten::Generator::default_of(Device::CPU)?)))
}

// ---- torch.Generator --------------------------------------------------------------------------------------------

fn construct(vm: &dyn Vm, args: &Args) -> Result<Value> {
    let device = args.some(0).map(|device| device_of(vm, device)).transpose()?.unwrap_or(Device::CPU);
    Ok(Value::native(Generator(aten::Generator::new(device)?)))
}

fn receiver<'a>(vm: &dyn Vm, args: &'a Args) -> Result<&'a aten::Generator> {
    args.receiver()
        .as_native::<Generator>()
        .map(|generator| &generator.0)
        .ok_or_else(|| args.wrong_receiver(vm))
}

fn generator_manual_seed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    receiver(vm, args)?.manual_seed(seed_of(vm, args.value(0))?)?;
    Ok(args.receiver().clone())
}

fn generator_seed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::big(receiver(vm, args)?.seed()?.into()))
}

fn generator_initial_seed(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::big(receiver(vm, args)?.initial_seed()?.into()))
}

fn generator_state(vm: &dyn Vm, args: &Args) -> Result<Value> {
    receiver(vm, args)?.state().map(wrap)
}

fn generator_set_state(vm: &dyn Vm, args: &Args) -> Result<Value> {
    receiver(vm, args)?.set_state(&args.tensor(vm, 0)?.tensor())?;
    Ok(args.receiver().clone())
}

fn generator_device(vm: &dyn Vm, args: &Args) -> Result<Value> {
    Ok(Value::Device(receiver(vm, args)?.device()))
}

macro_rules! rows {
    ($($name:literal $params:expr, $call:path, $says:literal);* $(;)?) => {
        /// The rows of this file: functions on `torch` and on `torch.random`, and the generator's methods.
        pub const ROWS: &[Builtin] = &[
            $(Builtin::function("torch", $name, $params, $call).says($says),
            Builtin::function("torch.random", $name, $params, $call).says($says),)*
            Builtin::constant("torch", "default_generator", default_generator).says("the CPU's source of random numbers"),
            Builtin::constant("torch.random", "default_generator", default_generator),
            Builtin::function("torch.cuda", "manual_seed", &[req("seed")], manual_seed_all),
            Builtin::function("torch.cuda", "manual_seed_all", &[req("seed")], manual_seed_all),
            Builtin::constant("torch", "Generator", |vm, _| Ok(vm.types().named("Generator").map_or(Value::None, Value::Class))),
            Builtin::constructor("Generator", &[opt("device", "'cpu'")], construct).says("a source of random numbers"),
            Builtin::method("Generator", "manual_seed", &[req("seed")], generator_manual_seed),
            Builtin::method("Generator", "seed", &[], generator_seed),
            Builtin::method("Generator", "initial_seed", &[], generator_initial_seed),
            Builtin::method("Generator", "get_state", &[], generator_state),
            Builtin::method("Generator", "set_state", &[req("state")], generator_set_state),
            Builtin::property("Generator", "device", generator_device),
        ];
    };
}

rows! {
    "manual_seed" &[req("seed")], manual_seed, "starts the random numbers anew from a seed";
    "seed" &[], seed, "starts the random numbers anew from a random seed";
    "initial_seed" &[], initial_seed, "the seed the random numbers started from";
    "get_rng_state" &[], get_rng_state, "the state of the random numbers";
    "set_rng_state" &[req("new_state")], set_rng_state, "puts back a state of the random numbers";
}
