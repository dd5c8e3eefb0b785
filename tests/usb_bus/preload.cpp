// The bus for programs that know nothing of it (LD_PRELOAD), configured by the environment:
//   PLUGRIG_USB="1-1=ft232r:A1 1-2.3=ft2232h:B2,driver"
//       port = chip : serial number [, option]…   options: driver (ftdi_sio is bound), denied (no
//       permission), blank (EEPROM)
//   PLUGRIG_USB_LOG=FILE   at exit, what happened in this process, one event a line:
//       1-1 request 40 0b 020b 0001 0     type, bRequest, wValue, wIndex, wLength
//       1-1 A bytes 115385 68656c6c6f     left TXD at this rate
//       1-1 A modem 1 0                   DTR, RTS asserted
//       1-1 A pins 0018 001b              levels, directions
//       1-1 A cbus 0e 01                  levels, directions
// Each channel's TXD is wired to its RXD.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "tests/usb_bus/legacy_tree.hpp"
#include "tests/usb_bus/usb_bus.hpp"

namespace {

namespace usb_bus = plugrig::usb_bus;
using namespace plugrig::twin::ftdi;

/// What has happened, in order; written to a file by processes in which something has.
class EventLog {
 public:
  template <class... Parts>
  void add(fmt::format_string<Parts...> form, Parts&&... parts) {
    const std::lock_guard lock(mutex_);
    fmt::format_to(std::back_inserter(text_), form, std::forward<Parts>(parts)...);
    text_ += '\n';
  }
  void write(const char* path) const {
    if (text_.empty()) return;
    auto* file = std::fopen(path, "w");
    if (file == nullptr) return std::perror(path);
    std::fputs(text_.c_str(), file);
    std::fclose(file);
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

/// One word of PLUGRIG_USB.
struct Entry {
  std::string port, serial;
  std::optional<Model> model;
  ChipOptions chip;
  usb_bus::PlugOptions plug;
};

[[noreturn]] void refuse(const std::string& word) {
  std::fprintf(stderr, "PLUGRIG_USB: '%s' is not port=chip:serial[,driver][,denied][,blank]\n",
               word.c_str());
  std::_Exit(2);
}

Entry parse(const std::string& word) {
  Entry entry;
  std::istringstream in(word);
  std::string model, option;
  std::getline(in, entry.port, '=');
  std::getline(in, model, ':');
  std::getline(in, entry.serial, ',');
  entry.model = model_named(model);
  if (!entry.model || entry.serial.empty()) refuse(word);
  while (std::getline(in, option, ',')) {
    if (option == "driver") {
      entry.plug.kernel_driver = true;
    } else if (option == "denied") {
      entry.plug.permitted = false;
    } else if (option == "blank") {
      entry.chip.eeprom = EepromContent::blank;
    } else {
      refuse(word);
    }
  }
  return entry;
}

class Preloaded {
 public:
  Preloaded() {
    const char* list = std::getenv("PLUGRIG_USB");
    std::istringstream in(list != nullptr ? list : "");
    for (std::string word; in >> word;) plug(parse(word));
    if (!ports_.empty()) legacy_.emplace();
  }
  ~Preloaded() {
    for (const auto& port : ports_) usb_bus::unplug(port);
    if (const char* path = std::getenv("PLUGRIG_USB_LOG")) log_.write(path);
  }
  Preloaded(const Preloaded&) = delete;
  Preloaded& operator=(const Preloaded&) = delete;

 private:
  void plug(const Entry& entry) {
    const auto& port = ports_.emplace_back(entry.port);
    auto chip = std::make_shared<Chip>(*entry.model, entry.serial, "Emulated FTDI", entry.chip);
    usb_bus::plug(chip, port, entry.plug);
    for (unsigned channel = 0; channel < chip->channels(); ++channel)
      chip->wire(channel, wiring(*chip, port, channel));
    chip->set_fault([this, port](const SetupPacket& setup) {
      log_.add("{} request {:02x} {:02x} {:04x} {:04x} {}", port, setup.type, setup.request,
               setup.value, setup.index, setup.length);
      return 0;
    });
  }

  Wiring wiring(Chip& chip, const std::string& port, unsigned channel) {
    const auto name = fmt::format("{} {}", port, static_cast<char>('A' + channel));
    Wiring wiring;
    wiring.serial = [this, &chip, channel, name](View bytes, double bit_per_s) {
      std::string hex;
      for (const auto byte : bytes) hex += fmt::format("{:02x}", byte);
      log_.add("{} bytes {:.0f} {}", name, bit_per_s, hex);
      chip.feed(channel, bytes, usb_bus::now(), bit_per_s);
    };
    wiring.modem = [this, name](bool dtr, bool rts) {
      log_.add("{} modem {:d} {:d}", name, dtr, rts);
    };
    wiring.pins = [this, name](unsigned levels, unsigned directions) {
      log_.add("{} pins {:04x} {:04x}", name, levels, directions);
    };
    wiring.cbus = [this, name](unsigned levels, unsigned directions) {
      log_.add("{} cbus {:02x} {:02x}", name, levels, directions);
    };
    return wiring;
  }

  EventLog log_;
  std::vector<std::string> ports_;
  std::optional<usb_bus::LegacyTree> legacy_;
};

const Preloaded preloaded;

}  // namespace
