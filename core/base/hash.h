#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace thaw {

enum class HashKind { Md5, Sha256 };

/// A digest over bytes given piece by piece. Md5 serves only to compare with published sums.
class Hasher
{
public:
    explicit Hasher(HashKind kind);
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    void add(std::span<const std::byte> bytes);
    void add(const void* data, std::size_t size);
    std::string hex(); ///< lower-case hexadecimal; ends the digest

private:
    struct State;
    std::unique_ptr<State> m_state;
};

std::string hashHex(HashKind kind, std::span<const std::byte> bytes);

/// @throws Error FileNotFound, FileUnreadable
std::string hashFileHex(HashKind kind, const std::filesystem::path& path);

/// The first eight bytes of the SHA-256, as a number: the key of a picture's augmentations.
std::uint64_t contentKey(std::span<const std::byte> bytes);

} // namespace thaw
