/* Reading the flash: digest and stream. */
#pragma once

#include "protocol.h"

command_body flash_md5, read_flash;
