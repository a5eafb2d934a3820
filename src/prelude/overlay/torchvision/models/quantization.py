"""torchvision.models.quantization: names only, as nothing is quantized here."""
import _absent

__getattr__, __dir__ = _absent.names(
    "torchvision.models.quantization",
    "QuantizableGoogLeNet QuantizableInception3 QuantizableMobileNetV2 QuantizableMobileNetV3 QuantizableResNet QuantizableShuffleNetV2"
    " googlenet inception_v3 mobilenet_v2 mobilenet_v3_large resnet18 resnet50 resnext101_32x8d resnext101_64x4d"
    " shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0",
    "nothing is quantized here",
)
