#pragma once

#include <filesystem>

#include "drivers/api/power_meter.hpp"
#include "rig/core/problem.hpp"

namespace plugrig::modbus {

/// Reads what a calibration certificate says of an instrument. Every problem is reported with its
/// place; what is returned after a problem must not be used. A missing due date or number is no
/// problem but counts as overdue (metrology notes §9). Whether it is overdue today is not judged
/// here.
InstrumentCertificate load_certificate(const std::filesystem::path& path, Problems& problems);

}  // namespace plugrig::modbus
