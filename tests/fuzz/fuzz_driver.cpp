// Stands in for libFuzzer where the compiler has none: mutates a small corpus by a seed, without looking at
// coverage. The same seed tries the same inputs.
//
//     fuzz_NAME CORPUS_FOLDER [--seconds S | --inputs N] [--seed K]
//     fuzz_NAME FILE            one input, to see a finding again

#include "core/base/atomic_file.h"
#include "core/base/random.h"
#include "tests/fuzz/fuzz_target.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sanitizer/common_interface_defs.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t longestInput = 128 * 1024;
constexpr unsigned longestSeconds = 20;

/// Never destroyed: leaks are reported, and the input saved, as the process ends.
Bytes& current = *new Bytes;

/// Called by the sanitizer as it gives up: the input that did it must outlive the process.
void saveCurrent()
{
    std::FILE* file = std::fopen("fuzz-finding.bin", "wb");
    if (file) {
        std::fwrite(current.data(), 1, current.size(), file);
        std::fclose(file);
        std::fprintf(stderr, "the input is in fuzz-finding.bin (%zu bytes)\n", current.size());
    }
}

void onSignal(int signal)
{
    std::fprintf(stderr, "stopped by signal %d (14: an input took over %u s)\n", signal, longestSeconds);
    saveCurrent();
    _exit(1);
}

/// Numbers that lie at the edge of something.
constexpr std::array<std::uint64_t, 14> edges{0,          1,          0x7f,       0x80,
                                              0xff,       0x7fff,     0x8000,     0xffff,
                                              0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
                                              1ull << 63, ~0ull};
constexpr std::array<const char*, 20> words{"null", "-1",      "1e999", "0.0",  "18446744073709551616",
                                            "[",    "]",       "{",     "}",    "\"",
                                            ",",    "\n",      "\r",    ":",    "[[[[[[[[[[[[[[[[",
                                            "{}",   "\\u0000", "true",  "\"\"", "-9223372036854775808"};

void mutate(Bytes& bytes, const std::vector<Bytes>& corpus, thaw::RandomStream& random)
{
    const auto place = [&] { return static_cast<std::ptrdiff_t>(random.below(bytes.size() + 1)); };
    const auto insert = [&](const std::uint8_t* data, std::size_t size) {
        bytes.insert(bytes.begin() + place(), data, data + size);
    };
    const auto kind = bytes.empty() ? 6 : random.below(9);
    const std::size_t at = bytes.empty() ? 0 : random.below(bytes.size());
    const std::size_t length =
        bytes.empty() ? 0 : std::min<std::size_t>(bytes.size() - at, 1 + random.below(1 + random.below(64)));
    switch (kind) {
    case 0:
        bytes[at] ^= static_cast<std::uint8_t>(1u << random.below(8));
        break;
    case 1:
        bytes[at] = static_cast<std::uint8_t>(random.next());
        break;
    case 2: { // a number, in either byte order
        std::uint64_t value = edges[random.below(edges.size())];
        const std::size_t width = std::size_t(1) << random.below(4);
        const bool isBigEndian = random.below(2) == 0;
        for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i) {
            const auto shift = 8 * (isBigEndian ? width - 1 - i : i);
            bytes[at + i] = static_cast<std::uint8_t>(value >> shift);
        }
        break;
    }
    case 3:
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    bytes.begin() + static_cast<std::ptrdiff_t>(at + length));
        break;
    case 4: {
        const Bytes block(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                          bytes.begin() + static_cast<std::ptrdiff_t>(at + length));
        insert(block.data(), block.size());
        break;
    }
    case 5:
        bytes.resize(at);
        break;
    case 6: {
        const char* word = words[random.below(words.size())];
        insert(reinterpret_cast<const std::uint8_t*>(word), std::strlen(word));
        break;
    }
    case 7: { // the rest of another
        const Bytes& other = corpus[random.below(corpus.size())];
        const std::size_t from = random.below(other.size() + 1);
        bytes.resize(at);
        bytes.insert(bytes.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        break;
    }
    default: { // nearby: small steps keep lengths and counts plausible
        bytes[at] = static_cast<std::uint8_t>(bytes[at] + random.below(9) - 4);
        break;
    }
    }
    bytes.resize(std::min(bytes.size(), longestInput));
}

void tryCurrent()
{
    LLVMFuzzerTestOneInput(current.data(), current.size());
}

Bytes load(const std::filesystem::path& path)
{
    const std::vector<std::byte> bytes = thaw::readFile(path, longestInput);
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return {data, data + bytes.size()};
}

} // namespace

/// Nothing may be allocated that is out of proportion to inputs of at most 128 kB.
extern "C" const char* __asan_default_options()
{
    return "max_allocation_size_mb=256:hard_rss_limit_mb=2048:detect_leaks=1:handle_abort=1";
}

int main(int argc, char** argv)
{
    const std::filesystem::path given = argc > 1 ? argv[1] : "";
    double seconds = 10;
    std::uint64_t inputs = 0;
    std::uint64_t seed = 1;
    for (int i = 2; i + 1 < argc; i += 2) {
        const std::string option = argv[i];
        if (option == "--seconds") {
            seconds = std::stod(argv[i + 1]);
        } else if (option == "--inputs") {
            inputs = std::stoull(argv[i + 1]);
        } else if (option == "--seed") {
            seed = std::stoull(argv[i + 1]);
        }
    }
    __sanitizer_set_death_callback(saveCurrent);
    std::signal(SIGALRM, onSignal);
    if (std::filesystem::is_regular_file(given)) {
        current = load(given);
        tryCurrent();
        return 0;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(given)) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<Bytes> corpus;
    for (const auto& file : files) {
        corpus.push_back(load(file));
        current = corpus.back();
        tryCurrent();
    }
    if (corpus.empty()) {
        std::fprintf(stderr, "%s holds no inputs\n", given.c_str());
        return 2;
    }
    const auto started = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    };
    std::uint64_t done = 0;
    for (; inputs > 0 ? done < inputs : elapsed() < seconds; ++done) {
        thaw::RandomStream random(thaw::mixKey({seed, done}));
        current = corpus[random.below(corpus.size())];
        for (std::uint64_t i = 0, count = 1 + random.below(1 + random.below(8)); i < count; ++i) {
            mutate(current, corpus, random);
        }
        alarm(longestSeconds);
        tryCurrent();
    }
    alarm(0);
    std::printf("%s: %llu inputs in %.1f s, seed %llu\n", argv[0], static_cast<unsigned long long>(done),
                elapsed(), static_cast<unsigned long long>(seed));
    return 0;
}
