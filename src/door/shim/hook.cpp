// Functions of the Rust side that are called with gradients.

#include "shim.h"

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>

using namespace torchsh;

namespace {

// Called with a tensor; leaves another, or null to keep it. False: it failed, and the Rust side knows why.
using Call = bool (*)(const void* context, const void* tensor, void** out);
using Drop = void (*)(void* context);

class Hook {
 public:
  Hook(void* context, Call call, Drop drop) : context(context), call(call), drop(drop) {}
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;
  ~Hook() { drop(context); }

  at::Tensor operator()(const at::TensorBase& tensor) const {
    void* out = nullptr;
    TORCH_CHECK(call(context, tensor.unsafeGetTensorImpl(), &out), "a hook failed");
    return out == nullptr ? at::Tensor()
                          : at::Tensor(c10::intrusive_ptr<c10::TensorImpl>::reclaim(static_cast<c10::TensorImpl*>(out)));
  }

 private:
  void* context;
  Call call;
  Drop drop;
};

class Afterwards : public torch::autograd::PostAccumulateGradHook {
 public:
  explicit Afterwards(std::shared_ptr<Hook> hook) : hook(std::move(hook)) {}
  void operator()(const torch::autograd::Variable& tensor) override { (*hook)(tensor); }

 private:
  std::shared_ptr<Hook> hook;
};

}  // namespace

extern "C" {

// `afterwards`: called with a leaf once its gradient is there; else with the gradient, which it may replace.
// `drop(context)` is called in any case.
Fault* torchsh_tensor_hook(const void* raw, bool afterwards, void* context, Call call, Drop drop) {
  auto hook = std::make_shared<Hook>(context, call, drop);
  return guarded([&] {
    auto tensor = tensor_of(raw);
    if (afterwards) {
      TORCH_CHECK(tensor.is_leaf(), "post accumulate grad hooks cannot be registered on non-leaf tensors");
      torch::autograd::impl::set_post_acc_grad_hooks(tensor, std::make_unique<Afterwards>(hook));
    } else {
      tensor.register_hook([hook](const at::Tensor& grad) -> at::Tensor { return (*hook)(grad); });
    }
  });
}

}  // extern "C"
