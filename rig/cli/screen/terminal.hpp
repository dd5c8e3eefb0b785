#pragma once

#include <optional>
#include <string_view>

namespace plugrig::cli {

/// A terminal that belongs to the program: its second screen without a cursor, keys as they are
/// pressed and not shown. Given back as it was when destroyed, and also when the program dies by a
/// fault of its own (SIGSEGV, SIGABRT and their like). Nothing can help against SIGKILL: `reset`
/// puts the terminal right then.
///
/// Ctrl-C stays what it was. Ctrl-Z, Ctrl-\ and Ctrl-S are switched off: a rig that is halted by a
/// key, or by a screen that takes no more text, would leave its relays as they are.
class Terminal {
 public:
  /// One at a time. `in` < 0, or no terminal: there are no keys.
  Terminal(int in, int out);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  struct Size {
    int columns = 80;
    int rows = 24;
    friend bool operator==(const Size&, const Size&) = default;
  };
  /// As it is now; empty when the terminal does not say.
  [[nodiscard]] std::optional<Size> size() const;
  [[nodiscard]] bool has_keys() const { return has_keys_; }
  [[nodiscard]] int in() const { return in_; }

  /// Blocks for as long as the terminal takes no text. What cannot be written is lost.
  void write(std::string_view text) const;

 private:
  int in_;
  int out_;
  bool has_keys_ = false;
};

}  // namespace plugrig::cli
