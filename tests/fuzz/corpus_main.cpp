// Runs a fuzz target without a fuzzer: every file of a corpus folder, then seeded mutations of
// each. A target that finds something wrong aborts; the seed that is printed before makes it happen
// again.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t mutations_per_file = 2000;
constexpr std::size_t budget_bytes =
    2'000'000;  ///< of mutated input per file: large files get fewer
constexpr std::size_t longest = 1U << 16U;

Bytes read(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  /// `input` after a handful of changes; pieces of `other` may be spliced in.
  Bytes mutate(Bytes input, const Bytes& other) {
    const std::size_t changes = 1 + below(6);
    for (std::size_t i = 0; i < changes; ++i) change(input, other);
    if (input.size() > longest) input.resize(longest);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void change(Bytes& bytes, const Bytes& other) {
    const std::size_t at = below(bytes.size() + 1);
    const auto here = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min(below(16) + 1, bytes.size() - at);
    switch (below(7)) {
      case 0:  // flip a bit
        if (at < bytes.size()) bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << below(8)));
        break;
      case 1:  // any byte
        if (at < bytes.size()) bytes[at] = static_cast<std::uint8_t>(random_());
        break;
      case 2:  // a byte that the corpus uses: likely one that means something
        if (!other.empty()) bytes.insert(here, other[below(other.size())]);
        break;
      case 3:
        bytes.erase(here, here + static_cast<std::ptrdiff_t>(length));
        break;
      case 4: {  // repeat a piece
        const Bytes piece(here, here + static_cast<std::ptrdiff_t>(length));
        bytes.insert(here, piece.begin(), piece.end());
        break;
      }
      case 5: {  // a piece of another file
        const std::size_t from = below(other.size());
        const std::size_t size = std::min(below(64), other.size() - from);
        const auto first = other.begin() + static_cast<std::ptrdiff_t>(from);
        bytes.insert(here, first, first + static_cast<std::ptrdiff_t>(size));
        break;
      }
      default:  // cut off
        bytes.resize(at);
    }
  }

  std::mt19937_64 random_;
};

void run(const Bytes& bytes) {
  // An own copy of the exact size, so that a sanitizer sees a read past its end.
  const auto copy = std::make_unique<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  LLVMFuzzerTestOneInput(copy.get(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS-FOLDER|FILE...\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path(argv[i]);
    if (std::filesystem::is_regular_file(path)) files.push_back(path);
    if (!std::filesystem::is_directory(path)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());  // the folder's own order differs between machines
  if (files.empty()) {
    std::fprintf(stderr, "%s: no corpus files\n", argv[0]);
    return 1;
  }
  std::vector<Bytes> corpus;
  for (const auto& file : files) corpus.push_back(read(file));

  run({});
  std::uint64_t inputs = 1;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    std::printf("%s\n", files[i].filename().c_str());
    std::fflush(stdout);
    run(corpus[i]);
    const std::uint64_t rounds = std::min<std::uint64_t>(
        mutations_per_file, budget_bytes / std::max<std::size_t>(corpus[i].size(), 1));
    Mutator mutator(i + 1);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      run(mutator.mutate(corpus[i], corpus[(i + round) % corpus.size()]));
    }
    inputs += rounds + 1;
  }
  std::printf("%llu inputs\n", static_cast<unsigned long long>(inputs));
  return 0;
}
