"""torch.ao.quantization: names only."""
import _absent

__getattr__, __dir__ = _absent.names(
    "torch.ao.quantization",
    "DeQuantStub QuantStub QuantWrapper QConfig QConfigMapping FakeQuantize HistogramObserver MinMaxObserver"
    " MovingAverageMinMaxObserver PerChannelMinMaxObserver PlaceholderObserver add_quant_dequant convert default_qconfig"
    " default_dynamic_qconfig disable_observer enable_observer fuse_modules fuse_modules_qat get_default_qat_qconfig"
    " get_default_qconfig get_default_qconfig_mapping prepare prepare_qat propagate_qconfig_ quantize quantize_dynamic"
    " quantize_qat swap_module",
    "no model is quantized here",
)
