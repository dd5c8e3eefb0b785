// One simulated unit behind a two-transistor jig, served as a serial port over telnet, for clients
// in other languages. Prints "port N" and "mac M", then serves until its stdin ends; then prints
// what became of the chip, and writes its flash to a file when one was named.
//
//   twin_server [--flash gd25q80|…] [--image small|full|none] [--dump FILE]
//               [--circuit two_transistor|direct]
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <thread>

#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/serial/rfc2217_server.hpp"
#include "fixtures/twin/twin_slot.hpp"

namespace {

using namespace plugrig;

std::map<std::string, std::string> read_arguments(int argc, char** argv) {
  std::map<std::string, std::string> values{{"--flash", "gd25q80"},
                                            {"--image", "small"},
                                            {"--dump", ""},
                                            {"--circuit", "two_transistor"}};
  for (int i = 1; i + 1 < argc; i += 2) values[argv[i]] = argv[i + 1];
  return values;
}

void load_image(twin::TwinSlot& slot, const std::string& kind) {
  if (kind == "none") return;
  twin::ImageOptions options;
  if (kind == "small") options.size_bytes = twin::kSmallImage;
  slot.load_flash(0, twin::make_image(options));
}

}  // namespace

int main(int argc, char** argv) {
  auto arguments = read_arguments(argc, argv);
  const auto clock = make_real_clock();
  twin::TwinSlotOptions options;
  options.wiring.circuit =
      arguments["--circuit"] == "direct" ? bench::Circuit::direct : bench::Circuit::two_transistor;
  options.chip.flash = arguments["--flash"];
  twin::TwinSlot slot(options);
  load_image(slot, arguments["--image"]);
  twin::Rfc2217Server server(slot, *clock, 0);
  std::cout << "port " << server.port() << "\nmac " << slot.mac() << std::endl;
  {
    const std::jthread serving([&](const std::stop_token& stop) { server.run(stop); });
    while (std::cin.get() != std::char_traits<char>::eof()) {
    }
  }
  std::cout << "factor " << server.achieved_factor() << "\nfault " << slot.chip_fault()
            << "\ninstructions " << slot.instructions() << std::endl;
  if (!arguments["--dump"].empty()) {
    const auto flash = slot.flash();
    std::ofstream(arguments["--dump"], std::ios::binary)
        .write(reinterpret_cast<const char*>(flash.data()),
               static_cast<std::streamsize>(flash.size()));
  }
}
