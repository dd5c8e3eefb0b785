#include "rig/cli/commands/bench_lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "fixtures/build/built_bench.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::cli {
namespace {

namespace fs = std::filesystem;
using Link = bench::InstrumentSpec::Link;
using Port = bench::PortSpec::Kind;

/// One device under one name, whatever link names it.
std::string real_path(const std::string& path) {
  std::error_code failed;
  const auto real = fs::canonical(path, failed);
  return failed ? fs::absolute(path).string() : real.string();
}

std::set<std::string> ports_of(const bench::BenchSpec& bench) {
  std::set<std::string> ports;
  for (const auto& instrument : bench.instruments) {
    if (instrument.link == Link::rtu) ports.insert(real_path(instrument.address));
    if (instrument.link == Link::tcp) ports.insert(instrument.address);
  }
  for (const auto& slot : bench.slots) {
    if (!slot.has_port) continue;
    if (slot.port.kind == Port::tty) ports.insert(real_path(slot.port.address));
    if (slot.port.kind == Port::rfc2217) ports.insert(slot.port.address);
  }
  return ports;
}

std::string by_whom(const serial::LockFile& lock) {
  return lock.holder() ? serial::describe(*lock.holder()) : "another program";
}

Fault bench_locked(const bench::BenchSpec& bench, const serial::LockFile& lock) {
  return {"bench.locked", Blame::operator_,
          fmt::format("The bench '{}' is in use by {}.", bench.name, by_whom(lock)),
          "Wait until that has ended, or end it; nothing was opened or switched here."};
}

Fault port_locked(const std::string& port, const serial::LockFile& lock) {
  return {"port.locked", Blame::operator_, fmt::format("{} is in use by {}.", port, by_whom(lock)),
          "Wait until that has ended, or end it; nothing was opened or switched here."};
}

}  // namespace

BenchLocks::BenchLocks(const bench::BenchSpec& bench, bool whole_bench, const std::string& command,
                       const Clock& clock, const fs::path& folder) {
  if (build::all_simulated(bench)) return;
  const auto lock = [&](std::string_view kind, const std::string& name) -> serial::LockFile& {
    locks_.emplace_back(folder / serial::lock_file_name(kind, name), command, clock);
    return locks_.back();
  };
  has_bench_ = !bench.file.empty() && (whole_bench || bench.mains.has_value());
  if (has_bench_) {
    const auto& taken = lock("bench", real_path(bench.file));
    if (!taken.taken()) throw bench_locked(bench, taken);
  }
  for (const auto& port : ports_of(bench)) {
    const auto& taken = lock("port", port);
    if (!taken.taken()) throw port_locked(port, taken);
  }
}

int BenchLocks::bench_fd() const { return has_bench_ ? locks_.front().fd() : -1; }

}  // namespace plugrig::cli
