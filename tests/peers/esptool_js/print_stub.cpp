// Our stub as JSON, for clients in other languages: text and data in hex.
#include <iostream>

#include "drivers/esp/stub/stub_image.hpp"
#include "rig/core/digest.hpp"

int main() {
  const plugrig::esp::StubImage& stub = plugrig::esp::stub_image();
  std::cout << "{\"text_start\":" << stub.text_address << ",\"text\":\""
            << plugrig::to_hex(stub.text) << "\",\"data_start\":" << stub.data_address
            << ",\"data\":\"" << plugrig::to_hex(stub.data) << "\",\"entry\":" << stub.entry
            << "}\n";
}
