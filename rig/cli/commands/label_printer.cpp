#include "rig/cli/commands/label_printer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "drivers/serial/tcp_connect.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::cli {
namespace {

Fault no_printer(const std::string& printer, const std::string& why) {
  return {"label.printer",
          Blame::fixture,
          fmt::format("The label printer {} does not take the label: {}.", printer, why),
          "Look at the printer: power, cable, labels, cover. Then print the label again with "
          "plugrig label.",
          {{"printer", printer}}};
}

std::string reason(int error) { return std::generic_category().message(error); }

bool is_path(const std::string& printer) {
  return printer.find('/') != std::string::npos || printer.find(':') == std::string::npos;
}

/// A device is not made when it is not there: a label in a file called lp0 is no label.
UniqueFd open_device(const std::string& printer) {
  UniqueFd fd(::open(printer.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) throw no_printer(printer, reason(errno));
  return fd;
}

UniqueFd connect(const Clock& clock, const std::string& printer, const Deadline& deadline) {
  try {
    return serial::connect_tcp(clock, serial::parse_tcp_address(printer), deadline);
  } catch (const Fault& fault) {
    auto text = fault.happened();
    while (text.ends_with('.')) text.pop_back();
    throw no_printer(printer, text);
  }
}

/// Some devices know no send(2).
ssize_t push(int fd, std::string_view bytes, bool path) {
  return path ? ::write(fd, bytes.data(), bytes.size())
              : ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

}  // namespace

void send_to_printer(std::string_view bytes, const std::string& printer) {
  const auto clock = make_real_clock();
  const Deadline deadline{clock->now() + kPrinterLimit};
  const bool path = is_path(printer);
  const UniqueFd fd = path ? open_device(printer) : connect(*clock, printer, deadline);
  while (!bytes.empty()) {
    const ssize_t sent = push(fd.get(), bytes, path);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      throw no_printer(printer, reason(errno));
    } else if (clock->now() >= deadline.at || !wait_writable(*clock, fd.get(), deadline)) {
      throw no_printer(printer, "it takes nothing for 3 s");
    }
  }
}

}  // namespace plugrig::cli
