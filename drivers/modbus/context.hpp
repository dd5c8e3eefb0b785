#pragma once

#include <memory>

// The library's own name for its handle; its header stays inside this room's .cpp files.
struct _modbus;  // NOLINT(bugprone-reserved-identifier)

namespace plugrig::modbus {

struct FreeContext {
  void operator()(_modbus* context) const;
};
/// A libmodbus context that closes and frees itself.
using Context = std::unique_ptr<_modbus, FreeContext>;

}  // namespace plugrig::modbus
