//! The library written in the shell's own language.

use crate::value::ModuleRow;

macro_rules! modules {
    ($($name:literal $file:literal $summary:literal)*) => {
        /// The modules.
        pub const MODULES: &[ModuleRow] =
            &[$(ModuleRow { name: $name, source: include_str!($file), summary: $summary }),*];
    };
}

modules! {
    "abc" "python/abc.py" "abstract classes"
    "collections" "python/collections.py" "containers"
    "collections.abc" "python/collections_abc.py" "kinds of containers"
    "contextlib" "python/contextlib.py" "context managers"
    "dataclasses" "python/dataclasses.py" "classes that hold data"
    "functools" "python/functools.py" "functions of functions"
    "io" "python/io.py" "files in memory"
    "itertools" "python/itertools.py" "iterators out of iterators"
    "operator" "python/operator.py" "operators as functions"
    "pathlib" "python/pathlib.py" "paths as objects"
    "torch.autograd" "autograd/__init__.py" "gradients"
    "torch.autograd.function" "autograd/function.py" "gradients of one's own: names only"
    "torch.autograd.grad_mode" "autograd/grad_mode.py" "whether gradients are recorded"
    "torch.nn" "nn/__init__.py" "layers"
    "torch.nn._functional" "nn/_functional/__init__.py" "the parts of torch.nn.functional"
    "torch.nn._functional.activation" "nn/_functional/activation.py" "activation functions"
    "torch.nn._functional.attention" "nn/_functional/attention.py" "attention by several heads"
    "torch.nn._functional.dropout" "nn/_functional/dropout.py" "dropout functions"
    "torch.nn._functional.embedding" "nn/_functional/embedding.py" "embedding functions"
    "torch.nn._functional.norm" "nn/_functional/norm.py" "normalization functions"
    "torch.nn._functional.pooling" "nn/_functional/pooling.py" "pooling functions"
    "torch.nn._functional.vision" "nn/_functional/vision.py" "padding, resizing, sampling"
    "torch.nn.functional" "nn/functional.py" "functions of layers"
    "torch.nn.init" "nn/init.py" "how parameters start"
    "torch.nn.modules" "nn/modules/__init__.py" "layers"
    "torch.nn.modules._convert" "nn/modules/_convert.py" "what Module.to does"
    "torch.nn.modules._hooks" "nn/modules/_hooks.py" "what Module's hooks do"
    "torch.nn.modules._load" "nn/modules/_load.py" "what Module.load_state_dict does"
    "torch.nn.modules._make" "nn/modules/_make.py" "what layers share"
    "torch.nn.modules.activation" "nn/modules/activation.py" "activation layers"
    "torch.nn.modules.attention" "nn/modules/attention.py" "attention by several heads"
    "torch.nn.modules.batchnorm" "nn/modules/batchnorm.py" "batch normalization"
    "torch.nn.modules.container" "nn/modules/container.py" "layers made of layers"
    "torch.nn.modules.conv" "nn/modules/conv.py" "convolutions"
    "torch.nn.modules.dropout" "nn/modules/dropout.py" "dropout layers"
    "torch.nn.modules.flatten" "nn/modules/flatten.py" "Flatten and Unflatten"
    "torch.nn.modules.instancenorm" "nn/modules/instancenorm.py" "instance normalization"
    "torch.nn.modules.linear" "nn/modules/linear.py" "linear layers"
    "torch.nn.modules.module" "nn/modules/module.py" "Module"
    "torch.nn.modules.normalization" "nn/modules/normalization.py" "layer and group normalization"
    "torch.nn.modules.pooling" "nn/modules/pooling.py" "pooling layers"
    "torch.nn.modules.rnn" "nn/modules/rnn.py" "recurrent layers"
    "torch.nn.modules.sparse" "nn/modules/sparse.py" "embeddings"
    "torch.nn.modules.transformer" "nn/modules/transformer.py" "transformers"
    "torch.nn.modules.upsampling" "nn/modules/upsampling.py" "resizing layers"
    "torch.nn.modules.utils" "nn/modules/utils.py" "tuples of sizes"
    "torch.nn.parallel" "nn/parallel.py" "wrappers that put module. before keys"
    "torch.nn.parameter" "nn/parameter.py" "Parameter and Buffer"
    "torch.utils.hooks" "utils/hooks.py" "handles of hooks"
    "types" "python/types.py" "names of types"
    "typing" "python/typing.py" "names for annotations"
    "warnings" "python/warnings.py" "warnings"
}
