//! Names that need no import here, as the lines of articles and notebooks take them for granted.

use torchsh_aten::{Device, DeviceKind};
use torchsh_language::value::{Dict, Value};

/// Each name with its module and the attribute of it (empty: the module itself).
pub const AT_HAND: &[(&str, &str, &str)] = &[
    ("torch", "torch", ""),
    ("nn", "torch.nn", ""),
    ("F", "torch.nn.functional", ""),
    ("optim", "torch.optim", ""),
    ("np", "numpy", ""),
    ("numpy", "numpy", ""),
    ("torchsh", "torchsh", ""),
    ("display", "IPython.display", "display"),
    ("from_config", "huggingface", "from_config"),
    ("os", "os", ""),
    ("re", "re", ""),
    ("math", "math", ""),
    ("bytearray", "_bytearray", "bytearray"),
    ("BaseExceptionGroup", "_groups", "BaseExceptionGroup"),
    ("ExceptionGroup", "_groups", "ExceptionGroup"),
    ("OrderedDict", "collections", "OrderedDict"),
    ("alexnet", "torchvision.models", "alexnet"),
    ("resnet18", "torchvision.models", "resnet18"),
    ("resnet34", "torchvision.models", "resnet34"),
    ("resnet50", "torchvision.models", "resnet50"),
    ("resnet101", "torchvision.models", "resnet101"),
    ("resnet152", "torchvision.models", "resnet152"),
    ("vgg11", "torchvision.models", "vgg11"),
    ("vgg11_bn", "torchvision.models", "vgg11_bn"),
    ("vgg13", "torchvision.models", "vgg13"),
    ("vgg13_bn", "torchvision.models", "vgg13_bn"),
    ("vgg16", "torchvision.models", "vgg16"),
    ("vgg16_bn", "torchvision.models", "vgg16_bn"),
    ("vgg19", "torchvision.models", "vgg19"),
    ("vgg19_bn", "torchvision.models", "vgg19_bn"),
];

/// `cpu` and `cuda` are names, so that `load("x.pt", cuda)` needs no quotes; `auto` is the best there is.
pub fn add_devices(builtins: &Dict) {
    builtins.set_name("cpu", Value::Device(Device::CPU));
    builtins.set_name("cuda", Value::Device(Device { kind: DeviceKind::Cuda, index: None }));
    builtins.set_name("auto", "auto");
}
