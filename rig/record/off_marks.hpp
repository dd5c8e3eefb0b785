#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {

/// A slot of which it was not confirmed that it is off.
struct OffMark {
  std::string slot;
  std::string why;  ///< a sentence
  UtcTime since;
  friend bool operator==(const OffMark&, const OffMark&) = default;
};

/// OFF NOT CONFIRMED outlives the program: whatever ended with it, the next program on the same
/// bench finds the mark and starts nothing before off is proven or a person confirms it. Any
/// thread.
class OffMarks {
 public:
  virtual ~OffMarks() = default;
  /// What earlier programs left. Fault `safety.off_mark` (host) when that cannot be known.
  virtual std::vector<OffMark> left() = 0;
  /// Durable when it returns; one for each slot, and the first one stays. Fault `safety.off_mark`.
  virtual void set(const OffMark& mark) = 0;
  /// Off is proven, or a person confirmed it. Fault `safety.off_mark`.
  virtual void clear(const std::string& slot) = 0;
};

/// Marks of one bench as a JSON file, which is there only while there is a mark.
class FileOffMarks final : public OffMarks {
 public:
  /// Touches nothing yet. `bench` is for people who read the file.
  FileOffMarks(std::filesystem::path file, std::string bench);

  std::vector<OffMark> left() override;
  void set(const OffMark& mark) override;
  void clear(const std::string& slot) override;

 private:
  [[nodiscard]] std::vector<OffMark> read() const;
  void write(const std::vector<OffMark>& marks) const;

  const std::filesystem::path file_;
  const std::string bench_;
  std::mutex lock_;
};

}  // namespace plugrig
