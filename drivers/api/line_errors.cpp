#include "drivers/api/line_errors.hpp"

namespace plugrig {

std::vector<Evidence> line_errors_of(const Uart& uart) {
  const auto* source = dynamic_cast<const LineErrorSource*>(&uart);
  return source == nullptr ? std::vector<Evidence>{} : source->line_errors();
}

}  // namespace plugrig
