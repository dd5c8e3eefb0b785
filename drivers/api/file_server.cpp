#include "drivers/api/file_server.hpp"

namespace plugrig {

std::string minimal_beside(const std::string& url) {
  const auto dot = url.rfind('.');
  const auto name = url.rfind('/');
  const bool has_extension = dot != std::string::npos && (name == std::string::npos || dot > name);
  const auto stem_ends = has_extension ? dot : url.size();
  return url.substr(0, stem_ends) + "-minimal" + url.substr(stem_ends);
}

}  // namespace plugrig
