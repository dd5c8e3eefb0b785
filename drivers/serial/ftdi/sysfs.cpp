#include "drivers/serial/ftdi/sysfs.hpp"

#include <fstream>
#include <system_error>

namespace plugrig::ftdi {

namespace fs = std::filesystem;

std::string Sysfs::attribute(const std::string& path, const std::string& name) const {
  std::ifstream file(devices_ / path / name);
  std::string text;
  std::getline(file, text);
  return text;
}

fs::path Sysfs::interface_folder(const std::string& path, int interface_number) const {
  // FTDI's adapters have one configuration, number 1.
  return devices_ / (path + ":1." + std::to_string(interface_number));
}

std::string Sysfs::driver(const std::string& path, int interface_number) const {
  std::error_code none;
  const fs::path link = fs::read_symlink(interface_folder(path, interface_number) / "driver", none);
  return none ? std::string{} : link.filename().string();
}

fs::path Sysfs::tty(const std::string& path, int interface_number) const {
  std::error_code none;
  const fs::path folder = interface_folder(path, interface_number);
  for (fs::directory_iterator it(folder, none), end; it != end; it.increment(none)) {
    if (none) break;
    const std::string name = it->path().filename().string();
    if (name.starts_with("ttyUSB")) return "/dev/" + name;
  }
  return {};
}

}  // namespace plugrig::ftdi
