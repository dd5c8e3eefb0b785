// The bus for programs that know nothing of it (LD_PRELOAD), configured by the environment:
//   PLUGRIG_USB="1-1=ft232r:A1 1-2.3=ft2232h:B2"   port = chip : serial number
//   PLUGRIG_USB_LOG=FILE                           at exit: every vendor request, one a line
// Each channel's TXD is wired to its RXD.
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "tests/usb_bus/usb_bus.hpp"

namespace {

namespace usb_bus = plugrig::usb_bus;
using plugrig::twin::ftdi::Chip;
using plugrig::twin::ftdi::model_named;
using plugrig::twin::ftdi::View;
using plugrig::twin::ftdi::Wiring;

class Preloaded {
 public:
  Preloaded() {
    const char* list = std::getenv("PLUGRIG_USB");
    std::istringstream in(list != nullptr ? list : "");
    for (std::string word; in >> word;) plug(word);
  }
  ~Preloaded() {
    for (const auto& port : ports_) usb_bus::unplug(port);
    if (const char* path = std::getenv("PLUGRIG_USB_LOG")) write_log(path);
  }
  Preloaded(const Preloaded&) = delete;
  Preloaded& operator=(const Preloaded&) = delete;

 private:
  void plug(const std::string& word) {
    const auto equals = word.find('='), colon = word.find(':');
    const bool well_formed = equals < colon && colon != std::string::npos;
    const auto model =
        model_named(well_formed ? word.substr(equals + 1, colon - equals - 1) : std::string());
    if (!model) {
      std::fprintf(stderr, "PLUGRIG_USB: '%s' is not port=chip:serial\n", word.c_str());
      std::_Exit(2);
    }
    auto chip = std::make_shared<Chip>(*model, word.substr(colon + 1));
    for (unsigned channel = 0; channel < chip->channels(); ++channel) {
      Wiring wiring;
      wiring.serial = [raw = chip.get(), channel](View bytes, double bit_per_s) {
        raw->feed(channel, bytes, usb_bus::now(), bit_per_s);
      };
      chip->wire(channel, wiring);
    }
    ports_.push_back(word.substr(0, equals));
    usb_bus::plug(chip, ports_.back());
    chips_.push_back(std::move(chip));
  }

  void write_log(const char* path) const {
    auto* file = std::fopen(path, "w");
    if (file == nullptr) return std::perror(path);
    for (std::size_t i = 0; i < chips_.size(); ++i)
      for (const auto& setup : chips_[i]->requests())
        std::fprintf(file, "%s %02x %02x %04x %04x %u\n", ports_[i].c_str(), setup.type,
                     setup.request, setup.value, setup.index, setup.length);
    std::fclose(file);
  }

  std::vector<std::string> ports_;
  std::vector<std::shared_ptr<Chip>> chips_;
};

const Preloaded preloaded;

}  // namespace
