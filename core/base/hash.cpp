#include "core/base/hash.h"

#include "core/base/error.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace thaw {

struct Hasher::State
{
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher(HashKind kind) : m_state(std::make_unique<State>())
{
    if (EVP_DigestInit_ex(m_state->context, kind == HashKind::Md5 ? EVP_md5() : EVP_sha256(), nullptr) != 1) {
        throw Error(ErrorCode::Internal, {}, "OpenSSL refuses to compute a digest");
    }
}

Hasher::~Hasher() = default;

void Hasher::add(std::span<const std::byte> bytes)
{
    add(bytes.data(), bytes.size());
}

void Hasher::add(const void* data, std::size_t size)
{
    EVP_DigestUpdate(m_state->context, data, size);
}

std::string Hasher::hex()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(m_state->context, digest.data(), &size);
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

std::string hashHex(HashKind kind, std::span<const std::byte> bytes)
{
    Hasher hasher(kind);
    hasher.add(bytes);
    return hasher.hex();
}

std::string hashFileHex(HashKind kind, const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw Error(errno == ENOENT ? ErrorCode::FileNotFound : ErrorCode::FileUnreadable, path,
                    std::strerror(errno));
    }
    Hasher hasher(kind);
    std::vector<char> buffer(1 << 20);
    while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
        hasher.add(buffer.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) {
        throw Error(ErrorCode::FileUnreadable, path, "cannot be read to its end");
    }
    return hasher.hex();
}

std::uint64_t contentKey(std::span<const std::byte> bytes)
{
    const std::string hex = hashHex(HashKind::Sha256, bytes);
    return std::stoull(hex.substr(0, 16), nullptr, 16);
}

} // namespace thaw
