#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig {

/// Whose fault it is. Only `unit` counts against yield.
enum class Blame : std::uint8_t {
  unit,
  contact,
  fixture,
  instrument,
  host,
  operator_,
  config,
  software,
};

/// "unit", "contact", … "operator", …
std::string_view to_string(Blame blame);

/// Something that was seen and supports a fault: boot text, a frame in hex, a register value.
struct Evidence {
  std::string name;
  std::string text;
};

/// What went wrong, for the person at the bench.
class Fault : public std::exception {
 public:
  /// `id` is stable and dotted (`esp.sync.silent`); `what_happened` is one sentence; `next` says
  /// what to do.
  Fault(std::string id, Blame blame, std::string what_happened, std::string next,
        std::vector<Evidence> evidence = {});

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] Blame blame() const { return blame_; }
  [[nodiscard]] const std::string& happened() const { return happened_; }
  [[nodiscard]] const std::string& next() const { return next_; }
  [[nodiscard]] const std::vector<Evidence>& evidence() const { return evidence_; }
  Fault& add(Evidence evidence);

  /// `esp.sync.silent (contact): No answer … Next: …`
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string id_;
  Blame blame_;
  std::string happened_;
  std::string next_;
  std::vector<Evidence> evidence_;
  std::string text_;
};

}  // namespace plugrig
