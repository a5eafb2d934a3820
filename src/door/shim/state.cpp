// What is global or of a thread: faults, warnings, gradients, random numbers, devices.

#include "shim.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <c10/core/AutogradState.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/forward_grad.h>

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

namespace torchsh {

char* copied(const std::string& text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy != nullptr) {
    std::memcpy(copy, text.c_str(), text.size() + 1);
  }
  return copy;
}

namespace {

enum Kind : int32_t { Runtime = 0, Index = 1, Value = 2, Type = 3, NotImplemented = 4, LinAlg = 5, OutOfMemory = 6 };

Fault* fault(Kind kind, const char* text) {
  auto* made = static_cast<Fault*>(std::malloc(sizeof(Fault)));
  if (made == nullptr) {
    std::abort();
  }
  made->kind = kind;
  made->text = copied(text);
  return made;
}

struct Collected {
  int32_t kind;
  std::string text;
};

class Collector : public c10::WarningHandler {
 public:
  void process(const c10::Warning& warning) override {
    bool deprecation = std::holds_alternative<c10::DeprecationWarning>(warning.type());
    auto text = warning.msg();
    // Frames of C++ say nothing to whoever wrote the program.
    text = text.substr(0, text.find(". Traceback of forward call that caused the error:\nframe #"));
    list.push_back({deprecation ? 1 : 0, text});
  }
  std::vector<Collected> list;
};

thread_local Collector collector;
thread_local bool collecting = false;

}  // namespace

void collect_warnings() noexcept {
  if (!collecting) {
    collecting = true;
    c10::WarningUtils::set_warning_handler(&collector);
  }
}

void ignored(Fault* fault) noexcept {
  if (fault != nullptr) {
    std::free(fault->text);
    std::free(fault);
  }
}

Fault* fault_in_flight() noexcept {
  try {
    throw;
  } catch (const c10::IndexError& error) {
    return fault(Index, error.what_without_backtrace());
  } catch (const c10::ValueError& error) {
    return fault(Value, error.what_without_backtrace());
  } catch (const c10::TypeError& error) {
    return fault(Type, error.what_without_backtrace());
  } catch (const c10::NotImplementedError& error) {
    return fault(NotImplemented, error.what_without_backtrace());
  } catch (const c10::LinAlgError& error) {
    return fault(LinAlg, error.what_without_backtrace());
  } catch (const c10::OutOfMemoryError& error) {
    return fault(OutOfMemory, error.what_without_backtrace());
  } catch (const c10::Error& error) {
    return fault(Runtime, error.what_without_backtrace());
  } catch (const std::exception& error) {
    return fault(Runtime, error.what());
  } catch (...) {
    return fault(Runtime, "an unknown C++ exception");
  }
}

}  // namespace torchsh

using namespace torchsh;

extern "C" {

void torchsh_free(void* memory) {
  std::free(memory);
}

size_t torchsh_warnings(void) {
  return collector.list.size();
}

// Takes the oldest warning; null when there is none.
char* torchsh_warning(int32_t* kind) {
  if (collector.list.empty()) {
    return nullptr;
  }
  auto first = collector.list.front();
  collector.list.erase(collector.list.begin());
  *kind = first.kind;
  return copied(first.text);
}

// ---- gradients ----

bool torchsh_grad_enabled(void) {
  return c10::GradMode::is_enabled();
}

void torchsh_set_grad_enabled(bool on) {
  c10::GradMode::set_enabled(on);
}

bool torchsh_anomaly(bool* checks_nan) {
  *checks_nan = torch::autograd::AnomalyMode::should_check_nan();
  return torch::autograd::AnomalyMode::is_enabled();
}

void torchsh_set_anomaly(bool on, bool check_nan) {
  torch::autograd::AnomalyMode::set_enabled(on, check_nan);
}

// Forward-mode gradients: a level within which tensors can have tangents.
Fault* torchsh_dual_enter(int64_t* out) {
  return guarded([&] { *out = static_cast<int64_t>(torch::autograd::ForwardADLevel::get_next_idx()); });
}

Fault* torchsh_dual_exit(int64_t level) {
  return guarded([&] { torch::autograd::ForwardADLevel::release_idx(static_cast<uint64_t>(level)); });
}

bool torchsh_forward_enabled(void) {
  return c10::AutogradState::get_tls_state().get_fw_grad_mode();
}

void torchsh_set_forward_enabled(bool on) {
  c10::AutogradState::get_tls_state().set_fw_grad_mode(on);
}

bool torchsh_warn_always(void) {
  return c10::WarningUtils::get_warnAlways();
}

void torchsh_set_warn_always(bool on) {
  c10::WarningUtils::set_warnAlways(on);
}

bool torchsh_inference_enabled(void) {
  return c10::InferenceMode::is_enabled();
}

void* torchsh_inference_enter(bool on) {
  return new c10::InferenceMode(on);
}

void torchsh_inference_leave(void* guard) {
  delete static_cast<c10::InferenceMode*>(guard);
}

namespace {

torch::autograd::variable_list listed(const void* const* tensors, size_t count) {
  torch::autograd::variable_list list;
  list.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    list.push_back(tensor_of(tensors[i]));
  }
  return list;
}

}  // namespace

// `grads` has as many as `tensors`, null where one is implied; or `grad_count` is 0.
Fault* torchsh_backward(
    const void* const* tensors, size_t count, const void* const* grads, size_t grad_count, bool retain_graph,
    bool create_graph, const void* const* inputs, size_t input_count) {
  return guarded([&] {
    torch::autograd::backward(
        listed(tensors, count), listed(grads, grad_count), retain_graph, create_graph, listed(inputs, input_count));
  });
}

// Fills `out` with a gradient for each input; null where it was not used.
Fault* torchsh_gradients(
    const void* const* outputs, size_t count, const void* const* inputs, size_t input_count,
    const void* const* grads, size_t grad_count, bool retain_graph, bool create_graph, bool allow_unused,
    void** out) {
  return guarded([&] {
    auto list = torch::autograd::grad(
        listed(outputs, count), listed(inputs, input_count), listed(grads, grad_count), retain_graph, create_graph,
        allow_unused);
    for (size_t i = 0; i < input_count; ++i) {
      out[i] = i < list.size() ? release(list[i]) : nullptr;
    }
  });
}

// ---- autocast ----

Fault* torchsh_autocast_enabled(int32_t device, bool* out) {
  return guarded([&] { *out = at::autocast::is_autocast_enabled(static_cast<at::DeviceType>(device)); });
}

Fault* torchsh_set_autocast_enabled(int32_t device, bool on) {
  return guarded([&] { at::autocast::set_autocast_enabled(static_cast<at::DeviceType>(device), on); });
}

Fault* torchsh_autocast_dtype(int32_t device, int32_t* out) {
  return guarded([&] {
    *out = static_cast<int32_t>(at::autocast::get_autocast_dtype(static_cast<at::DeviceType>(device)));
  });
}

Fault* torchsh_set_autocast_dtype(int32_t device, int32_t dtype) {
  return guarded([&] {
    at::autocast::set_autocast_dtype(static_cast<at::DeviceType>(device), static_cast<at::ScalarType>(dtype));
  });
}

// One level deeper, or one back; the outermost leaves no cast weights behind.
void torchsh_autocast_nest(bool deeper) {
  guarded([&] {
    if (deeper) {
      at::autocast::increment_nesting();
    } else if (at::autocast::decrement_nesting() == 0) {
      at::autocast::clear_cache();
    }
  });
}

bool torchsh_autocast_caches(void) {
  return at::autocast::is_autocast_cache_enabled();
}

void torchsh_set_autocast_caches(bool on) {
  at::autocast::set_autocast_cache_enabled(on);
}

// ---- dtypes and threads ----

int32_t torchsh_default_dtype(void) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(c10::get_default_dtype()));
}

Fault* torchsh_set_default_dtype(int32_t dtype) {
  return guarded([&] { c10::set_default_dtype(c10::scalarTypeToTypeMeta(static_cast<c10::ScalarType>(dtype))); });
}

Fault* torchsh_promote(int32_t left, int32_t right, int32_t* out) {
  return guarded([&] {
    auto both = c10::promoteTypes(static_cast<c10::ScalarType>(left), static_cast<c10::ScalarType>(right));
    *out = static_cast<int32_t>(both);
  });
}

Fault* torchsh_set_interop_threads(int32_t count) {
  return guarded([&] { at::set_num_interop_threads(count); });
}

Fault* torchsh_set_deterministic(bool on, bool warn_only) {
  return guarded([&] { at::globalContext().setDeterministicAlgorithms(on, warn_only); });
}

bool torchsh_deterministic(void) {
  return at::globalContext().deterministicAlgorithms();
}

// 1 on, 0 off, -1 never set.
int32_t torchsh_checks_sparse(void) {
  auto on = at::globalContext().checkSparseTensorInvariants();
  return on ? static_cast<int32_t>(*on) : -1;
}

void torchsh_set_checks_sparse(int32_t on) {
  at::globalContext().setCheckSparseTensorInvariants(on < 0 ? std::nullopt : std::optional<bool>(on != 0));
}

// ---- random numbers ----

// `everywhere`: on the devices of other libraries too. Without, nothing asks whether there are any, which libtorch
// does but once.
Fault* torchsh_manual_seed(uint64_t seed, bool everywhere) {
  return guarded([&] {
    if (everywhere) {
      at::manual_seed(seed);
      return;
    }
    auto generator = at::detail::getDefaultCPUGenerator();
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(seed);
  });
}

Fault* torchsh_generator(int32_t device, int32_t index, bool fresh, void** out) {
  return guarded([&] {
    auto where = c10::Device(static_cast<c10::DeviceType>(device), static_cast<c10::DeviceIndex>(index));
    at::Generator generator;
    if (!fresh) {
      generator = at::globalContext().defaultGenerator(where);
    } else if (where.is_cpu()) {
      generator = at::detail::createCPUGenerator();
    } else {
      at::globalContext().lazyInitDevice(where.type());
      generator = at::globalContext().getAcceleratorHooksInterface(where.type()).getNewGenerator(where.index());
    }
    *out = generator.unsafeReleaseGeneratorImpl();
  });
}

void torchsh_generator_retain(const void* generator) {
  c10::raw::intrusive_ptr::incref(const_cast<c10::GeneratorImpl*>(static_cast<const c10::GeneratorImpl*>(generator)));
}

void torchsh_generator_release(const void* generator) {
  guarded([&] {
    c10::raw::intrusive_ptr::decref(
        const_cast<c10::GeneratorImpl*>(static_cast<const c10::GeneratorImpl*>(generator)));
  });
}

// What to do with a generator: 0 set its seed to `value`, 1 read its seed, 2 seed it by chance.
Fault* torchsh_generator_seed(const void* raw, int32_t action, uint64_t value, uint64_t* out) {
  return guarded([&] {
    auto generator = generator_of(raw);
    std::lock_guard<std::mutex> lock(generator.mutex());
    if (action == 0) {
      generator.set_current_seed(value);
    }
    *out = action == 2 ? generator.seed() : generator.current_seed();
  });
}

Fault* torchsh_generator_state(const void* raw, void** out) {
  return guarded([&] {
    auto generator = generator_of(raw);
    std::lock_guard<std::mutex> lock(generator.mutex());
    *out = release(generator.get_state());
  });
}

Fault* torchsh_generator_set_state(const void* raw, const void* state) {
  return guarded([&] {
    auto generator = generator_of(raw);
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(tensor_of(state));
  });
}

void torchsh_generator_device(const void* raw, int32_t* device, int32_t* index) {
  auto generator = generator_of(raw);
  *device = static_cast<int32_t>(generator.device().type());
  *index = generator.device().index();
}

// ---- devices ----

// The file that libtorch was loaded from; empty where that can't be told.
char* torchsh_library(void) {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&at::globalContext), &info) == 0 || info.dli_fname == nullptr) {
    return copied("");
  }
  return copied(info.dli_fname);
}

// Whether libtorch's part for CUDA is there.
bool torchsh_cuda_linked(void) {
  return at::detail::getCUDAHooks().compiledWithCuDNN();
}

Fault* torchsh_cuda_count(int64_t* out) {
  return guarded([&] { *out = torchsh_cuda_linked() ? at::detail::getCUDAHooks().deviceCount() : 0; });
}

Fault* torchsh_cuda_current(int64_t* out) {
  return guarded([&] { *out = at::detail::getCUDAHooks().getCurrentDevice(); });
}

}  // extern "C"
