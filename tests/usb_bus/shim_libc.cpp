// Stands in for the libc functions through which libusb reaches the Linux USB stack. Whatever
// concerns no emulated device goes to the next definition in the search order: libc's, or a
// sanitizer's.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>

#include "tests/usb_bus/bus_state.hpp"

namespace {

namespace usb_bus = plugrig::usb_bus;

template <class Function>
Function next_definition(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int open_any(const char* path, int flags, mode_t mode) {
  if (const auto fd = usb_bus::open_emulated(path)) return *fd;
  static const auto next = next_definition<int (*)(const char*, int, ...)>("open");
  return next(path, flags, mode);
}

mode_t mode_argument(int flags, va_list arguments) {
  const bool creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return creates ? va_arg(arguments, mode_t) : 0;
}

constexpr long kSysfsMagic = 0x62656572;

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_any(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_any(path, flags | O_LARGEFILE, mode);
}

// open() as programs built with _FORTIFY_SOURCE call it.
int __open_2(const char* path, int flags) { return open_any(path, flags, 0); }
int __open64_2(const char* path, int flags) { return open_any(path, flags | O_LARGEFILE, 0); }

int close(int fd) {
  usb_bus::take_node(fd).reset();  // outside the bus's lock: may join the device's thread
  static const auto next = next_definition<int (*)(int)>("close");
  return next(fd);
}

int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  if (_IOC_TYPE(request) == 'U') {
    if (const auto node = usb_bus::node_of(fd)) {
      const int result = node->ioctl(request, argument);
      if (result >= 0) return result;
      errno = -result;
      return -1;
    }
  }
  static const auto next = next_definition<int (*)(int, unsigned long, ...)>("ioctl");
  return next(fd, request, argument);
}

// libusb believes in sysfs only where it is mounted; containers may have none.
int statfs(const char* path, struct statfs* out) noexcept {
  static const auto next = next_definition<int (*)(const char*, struct statfs*)>("statfs");
  const int result = next(path, out);
  if (std::strcmp(path, "/sys") != 0) return result;
  out->f_type = kSysfsMagic;
  return 0;
}

}  // extern "C"
