// print_label FORMAT SIZE CERTIFICATE SERIAL PRODUCT [simulated]: one label to standard output.
#include <iostream>
#include <string>
#include <vector>

#include "reports/label.hpp"
#include "rig/core/fault.hpp"

int main(int argc, char** argv) {
  using namespace plugrig;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 5) return 2;
  try {
    const LabelContent label{.product = arguments[4],
                             .serial = arguments[3],
                             .mac = "A4:CF:12:00:00:01",
                             .date = "2026-11-26",
                             .certificate_id = arguments[2],
                             .simulated = arguments.size() > 5};
    const LabelSize size = label_size_of(arguments[1]);
    if (arguments[0] == "zpl") {
      std::cout << label_zpl(label, size);
    } else {
      const auto bytes = arguments[0] == "pdf" ? label_pdf(label, size) : label_png(label, size);
      std::cout.write(reinterpret_cast<const char*>(bytes.data()),  // NOLINT
                      static_cast<std::streamsize>(bytes.size()));
    }
  } catch (const Fault& fault) {
    std::cerr << fault.what() << "\n";
    return 1;
  }
  return 0;
}
