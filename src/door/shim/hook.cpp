// Functions of the Rust side that are called while gradients are computed, and steps of the graph that are such functions.

#include "shim.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <optional>
#include <unordered_set>

using namespace torchsh;
using torch::autograd::Node;
using torch::autograd::Variable;
using torch::autograd::variable_list;

namespace {

// Tensors of a list, borrowed; null where there is none.
struct Tensors {
  const void* const* tensors;
  size_t count;
};

// Called with two lists of tensors; may leave as many tensors as there is room for, or null, and say that it answered.
// False: it failed, and the Rust side knows why.
using Call = bool (*)(const void* context, const Tensors* first, const Tensors* second, void** out, size_t room, bool* answered);
using Drop = void (*)(void* context);

class Hook {
 public:
  Hook(void* context, Call call, Drop drop) : call(call), drop(drop), context(context) {}
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;
  ~Hook() { drop(context); }

  std::optional<variable_list> operator()(const variable_list& first, const variable_list& second, size_t room) const {
    auto of_first = pointers(first), of_second = pointers(second);
    Tensors one{of_first.data(), of_first.size()}, two{of_second.data(), of_second.size()};
    std::vector<void*> out(room, nullptr);
    bool answered = false;
    bool worked = call(context, &one, &two, out.data(), room, &answered);
    variable_list answer(room);
    for (size_t i = 0; i < room; ++i) {
      if (out[i] != nullptr) {
        answer[i] = at::Tensor(c10::intrusive_ptr<c10::TensorImpl>::reclaim(static_cast<c10::TensorImpl*>(out[i])));
      }
    }
    TORCH_CHECK(worked, "a hook failed");
    return answered ? std::optional<variable_list>(std::move(answer)) : std::nullopt;
  }

 private:
  static std::vector<const void*> pointers(const variable_list& list) {
    std::vector<const void*> all;
    for (const auto& tensor : list) {
      all.push_back(tensor.defined() ? tensor.unsafeGetTensorImpl() : nullptr);
    }
    return all;
  }

  Call call;
  Drop drop;

 public:
  void* const context;
};

using HeldHook = std::shared_ptr<Hook>;

struct Afterwards : torch::autograd::PostAccumulateGradHook {
  explicit Afterwards(HeldHook hook) : hook(std::move(hook)) {}
  void operator()(const Variable& tensor) override { (*hook)({tensor}, {}, 0); }
  HeldHook hook;
};

struct Before : torch::autograd::FunctionPreHook {
  explicit Before(HeldHook hook) : hook(std::move(hook)) {}
  variable_list operator()(const variable_list& grads) override {
    return (*hook)(grads, {}, grads.size()).value_or(grads);
  }
  HeldHook hook;
};

struct After : torch::autograd::FunctionPostHook {
  explicit After(HeldHook hook) : hook(std::move(hook)) {}
  variable_list operator()(const variable_list& outputs, const variable_list& inputs) override {
    return (*hook)(outputs, inputs, outputs.size()).value_or(outputs);
  }
  HeldHook hook;
};

// A step whose way back is the program's. Its function is called with the gradients of the step's results; that there
// are none to answer with (room for nothing) says that what it kept can go.
struct Written : Node {
  Written(std::string label, HeldHook hook) : label(std::move(label)), hook(std::move(hook)) {}
  variable_list apply(variable_list&& grads) override {
    auto answer = (*hook)(grads, {}, num_outputs());
    return answer ? std::move(*answer) : variable_list(num_outputs());
  }
  void release_variables() override { (*hook)({}, {}, 0); }
  std::string name() const override { return label; }
  std::string label;
  HeldHook hook;
};

variable_list tensors_at(const void* const* tensors, size_t count) {
  variable_list all;
  for (size_t i = 0; i < count; ++i) {
    all.push_back(tensors[i] == nullptr ? at::Tensor() : tensor_of(tensors[i]));
  }
  return all;
}

std::unordered_set<at::TensorImpl*> set_of(const void* const* tensors, size_t count) {
  std::unordered_set<at::TensorImpl*> all;
  for (const auto& tensor : tensors_at(tensors, count)) {
    all.insert(tensor.unsafeGetTensorImpl());
  }
  return all;
}

const std::shared_ptr<Node>& graph_node(const void* raw) {
  return *static_cast<const std::shared_ptr<Node>*>(raw);
}

}  // namespace

extern "C" {

// `afterwards`: called with a leaf once its gradient is there; else with the gradient, which it may replace.
// `drop(context)` is called in any case, here and below.
Fault* torchsh_tensor_hook(const void* raw, bool afterwards, void* context, Call call, Drop drop) {
  auto hook = std::make_shared<Hook>(context, call, drop);
  return guarded([&] {
    auto tensor = tensor_of(raw);
    if (afterwards) {
      TORCH_CHECK(tensor.is_leaf(), "post accumulate grad hooks cannot be registered on non-leaf tensors");
      torch::autograd::impl::set_post_acc_grad_hooks(tensor, std::make_unique<Afterwards>(hook));
    } else {
      tensor.register_hook([hook](const at::Tensor& grad) -> at::Tensor {
        auto answer = (*hook)({grad}, {}, 1);
        return answer ? answer->front() : at::Tensor();
      });
    }
  });
}

// `before`: called with what comes to the node, which it may replace; else with what the node gives and what came to it.
Fault* torchsh_node_hook(const void* node, bool before, void* context, Call call, Drop drop) {
  auto hook = std::make_shared<Hook>(context, call, drop);
  return guarded([&] {
    if (before) {
      graph_node(node)->add_pre_hook(std::make_unique<Before>(hook));
    } else {
      graph_node(node)->add_post_hook(std::make_unique<After>(hook));
    }
  });
}

// A step of the graph from those tensors (null: what is no tensor), freed with torchsh_node_free.
Fault* torchsh_node_written(const char* name, const void* const* inputs, size_t count, void* context, Call call, Drop drop, void** out) {
  auto hook = std::make_shared<Hook>(context, call, drop);
  return guarded([&] {
    auto node = std::shared_ptr<Node>(new Written(name, hook), torch::autograd::deleteNode);
    for (const auto& input : tensors_at(inputs, count)) {
      node->add_next_edge(input.defined() && input.requires_grad() ? torch::autograd::impl::gradient_edge(input)
                                                                   : torch::autograd::Edge());
    }
    *out = new std::shared_ptr<Node>(std::move(node));
  });
}

// Makes tensors the results of a written step (null: of none, nothing is recorded), in their order; each is given out.
Fault* torchsh_node_results(const void* node, const void* const* inputs, size_t input_count, const void* const* plain, size_t plain_count, const void* const* dirty, size_t dirty_count, const void* const* results, size_t count, void** out) {
  return guarded([&] {
    std::vector<std::optional<Variable>> raw;
    for (const auto& result : tensors_at(results, count)) {
      raw.emplace_back(result);
    }
    variable_list given;
    for (auto& input : tensors_at(inputs, input_count)) {
      if (input.defined()) {
        given.push_back(input);
      }
    }
    for (const auto& changed : tensors_at(dirty, dirty_count)) {
      changed.unsafeGetTensorImpl()->bump_version();
    }
    auto refused = [](const variable_list&, const variable_list&) -> variable_list {
      TORCH_CHECK_NOT_IMPLEMENTED(false, "forward-mode gradients of a function of the program are not in this shell");
    };
    auto as_self = [](const at::Tensor& tensor) { return tensor.view_as(tensor); };
    auto wrapped = torch::autograd::_wrap_outputs(
        given, set_of(plain, plain_count), set_of(dirty, dirty_count), raw,
        node == nullptr ? nullptr : graph_node(node), refused, {}, as_self, /*pure_view=*/false);
    for (size_t i = 0; i < count; ++i) {
      out[i] = wrapped[i] ? release(*wrapped[i]) : nullptr;
    }
  });
}

// What a written step was made with; null for any other node.
const void* torchsh_node_context(const void* node) {
  auto* written = dynamic_cast<const Written*>(graph_node(node).get());
  return written == nullptr ? nullptr : written->hook->context;
}

// Makes the tensor the given result of the node, as one that was kept for the way back.
Fault* torchsh_node_attach(const void* node, const void* tensor, int64_t result) {
  return guarded([&] {
    torch::autograd::impl::set_gradient_edge(tensor_of(tensor), {graph_node(node), static_cast<uint32_t>(result)});
  });
}

// Does not keep the node; torchsh_node_lock gives the node out (null: it is gone), torchsh_node_forget frees it.
void* torchsh_node_weak(const void* node) {
  return new std::weak_ptr<Node>(graph_node(node));
}

void* torchsh_node_lock(const void* weak) {
  auto node = static_cast<const std::weak_ptr<Node>*>(weak)->lock();
  return node ? new std::shared_ptr<Node>(std::move(node)) : nullptr;
}

void torchsh_node_forget(void* weak) {
  delete static_cast<std::weak_ptr<Node>*>(weak);
}

}  // extern "C"
