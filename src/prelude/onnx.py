"""torch.onnx: names only."""
import _absent


def is_in_onnx_export():
    return False


def is_onnxrt_backend_supported():
    return False


class OperatorExportTypes:
    ONNX, ONNX_ATEN, ONNX_ATEN_FALLBACK, ONNX_FALLTHROUGH = range(4)


class TrainingMode:
    EVAL, PRESERVE, TRAINING = range(3)


class OnnxExporterError(RuntimeError):
    pass


__getattr__, __dir__ = _absent.names(
    "torch.onnx", "errors ops export ONNXProgram ExportableModule InputObserver dynamo_export register_custom_op_symbolic",
    "no program is traced here; save the state_dict, and export where the model's code runs",
)
