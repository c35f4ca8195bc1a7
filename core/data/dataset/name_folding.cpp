#include "core/base/utf8.h"
#include "core/data/dataset/folder_names.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>

namespace thaw {

namespace {

/// Canonical decompositions of Unicode 15 for Latin, Greek and Cyrillic letters and kana, each the letter,
/// the letter before its mark, and the mark. A library for all of Unicode would be one more to install for
/// the sake of one finding.
constexpr std::u16string_view parts =
    u"\u00C0A\u0300\u00C1A\u0301\u00C2A\u0302\u00C3A\u0303\u00C4A\u0308\u00C5A\u030A\u00C7C\u0327"
    u"\u00C8E\u0300\u00C9E\u0301\u00CAE\u0302\u00CBE\u0308\u00CCI\u0300\u00CDI\u0301\u00CEI\u0302"
    u"\u00CFI\u0308\u00D1N\u0303\u00D2O\u0300\u00D3O\u0301\u00D4O\u0302\u00D5O\u0303\u00D6O\u0308"
    u"\u00D9U\u0300\u00DAU\u0301\u00DBU\u0302\u00DCU\u0308\u00DDY\u0301\u00E0a\u0300\u00E1a\u0301"
    u"\u00E2a\u0302\u00E3a\u0303\u00E4a\u0308\u00E5a\u030A\u00E7c\u0327\u00E8e\u0300\u00E9e\u0301"
    u"\u00EAe\u0302\u00EBe\u0308\u00ECi\u0300\u00EDi\u0301\u00EEi\u0302\u00EFi\u0308\u00F1n\u0303"
    u"\u00F2o\u0300\u00F3o\u0301\u00F4o\u0302\u00F5o\u0303\u00F6o\u0308\u00F9u\u0300\u00FAu\u0301"
    u"\u00FBu\u0302\u00FCu\u0308\u00FDy\u0301\u00FFy\u0308\u0100A\u0304\u0101a\u0304\u0102A\u0306"
    u"\u0103a\u0306\u0104A\u0328\u0105a\u0328\u0106C\u0301\u0107c\u0301\u0108C\u0302\u0109c\u0302"
    u"\u010AC\u0307\u010Bc\u0307\u010CC\u030C\u010Dc\u030C\u010ED\u030C\u010Fd\u030C\u0112E\u0304"
    u"\u0113e\u0304\u0114E\u0306\u0115e\u0306\u0116E\u0307\u0117e\u0307\u0118E\u0328\u0119e\u0328"
    u"\u011AE\u030C\u011Be\u030C\u011CG\u0302\u011Dg\u0302\u011EG\u0306\u011Fg\u0306\u0120G\u0307"
    u"\u0121g\u0307\u0122G\u0327\u0123g\u0327\u0124H\u0302\u0125h\u0302\u0128I\u0303\u0129i\u0303"
    u"\u012AI\u0304\u012Bi\u0304\u012CI\u0306\u012Di\u0306\u012EI\u0328\u012Fi\u0328\u0130I\u0307"
    u"\u0134J\u0302\u0135j\u0302\u0136K\u0327\u0137k\u0327\u0139L\u0301\u013Al\u0301\u013BL\u0327"
    u"\u013Cl\u0327\u013DL\u030C\u013El\u030C\u0143N\u0301\u0144n\u0301\u0145N\u0327\u0146n\u0327"
    u"\u0147N\u030C\u0148n\u030C\u014CO\u0304\u014Do\u0304\u014EO\u0306\u014Fo\u0306\u0150O\u030B"
    u"\u0151o\u030B\u0154R\u0301\u0155r\u0301\u0156R\u0327\u0157r\u0327\u0158R\u030C\u0159r\u030C"
    u"\u015AS\u0301\u015Bs\u0301\u015CS\u0302\u015Ds\u0302\u015ES\u0327\u015Fs\u0327\u0160S\u030C"
    u"\u0161s\u030C\u0162T\u0327\u0163t\u0327\u0164T\u030C\u0165t\u030C\u0168U\u0303\u0169u\u0303"
    u"\u016AU\u0304\u016Bu\u0304\u016CU\u0306\u016Du\u0306\u016EU\u030A\u016Fu\u030A\u0170U\u030B"
    u"\u0171u\u030B\u0172U\u0328\u0173u\u0328\u0174W\u0302\u0175w\u0302\u0176Y\u0302\u0177y\u0302"
    u"\u0178Y\u0308\u0179Z\u0301\u017Az\u0301\u017BZ\u0307\u017Cz\u0307\u017DZ\u030C\u017Ez\u030C"
    u"\u01CDA\u030C\u01CEa\u030C\u01CFI\u030C\u01D0i\u030C\u01D1O\u030C\u01D2o\u030C\u01D3U\u030C"
    u"\u01D4u\u030C\u01D5\u00DC\u0304\u01D6\u00FC\u0304\u01D7\u00DC\u0301\u01D8\u00FC\u0301"
    u"\u01D9\u00DC\u030C\u01DA\u00FC\u030C\u01DB\u00DC\u0300\u01DC\u00FC\u0300\u01DE\u00C4\u0304"
    u"\u01DF\u00E4\u0304\u01E0\u0226\u0304\u01E1\u0227\u0304\u01E2\u00C6\u0304\u01E3\u00E6\u0304"
    u"\u01E6G\u030C\u01E7g\u030C\u01E8K\u030C\u01E9k\u030C\u01EAO\u0328\u01EBo\u0328\u01EC\u01EA\u0304"
    u"\u01ED\u01EB\u0304\u01EE\u01B7\u030C\u01EF\u0292\u030C\u01F0j\u030C\u01F4G\u0301\u01F5g\u0301"
    u"\u01F8N\u0300\u01F9n\u0300\u01FA\u00C5\u0301\u01FB\u00E5\u0301\u01FC\u00C6\u0301\u01FD\u00E6\u0301"
    u"\u01FE\u00D8\u0301\u01FF\u00F8\u0301\u0200A\u030F\u0201a\u030F\u0202A\u0311\u0203a\u0311"
    u"\u0204E\u030F\u0205e\u030F\u0206E\u0311\u0207e\u0311\u0208I\u030F\u0209i\u030F\u020AI\u0311"
    u"\u020Bi\u0311\u020CO\u030F\u020Do\u030F\u020EO\u0311\u020Fo\u0311\u0210R\u030F\u0211r\u030F"
    u"\u0212R\u0311\u0213r\u0311\u0214U\u030F\u0215u\u030F\u0216U\u0311\u0217u\u0311\u0218S\u0326"
    u"\u0219s\u0326\u021AT\u0326\u021Bt\u0326\u021EH\u030C\u021Fh\u030C\u0226A\u0307\u0227a\u0307"
    u"\u0228E\u0327\u0229e\u0327\u022A\u00D6\u0304\u022B\u00F6\u0304\u022C\u00D5\u0304\u022D\u00F5\u0304"
    u"\u022EO\u0307\u022Fo\u0307\u0230\u022E\u0304\u0231\u022F\u0304\u0232Y\u0304\u0233y\u0304"
    u"\u0386\u0391\u0301\u0388\u0395\u0301\u0389\u0397\u0301\u038A\u0399\u0301\u038C\u039F\u0301"
    u"\u038E\u03A5\u0301\u038F\u03A9\u0301\u0390\u03CA\u0301\u03AA\u0399\u0308\u03AB\u03A5\u0308"
    u"\u03AC\u03B1\u0301\u03AD\u03B5\u0301\u03AE\u03B7\u0301\u03AF\u03B9\u0301\u03B0\u03CB\u0301"
    u"\u03CA\u03B9\u0308\u03CB\u03C5\u0308\u03CC\u03BF\u0301\u03CD\u03C5\u0301\u03CE\u03C9\u0301"
    u"\u0400\u0415\u0300\u0401\u0415\u0308\u0403\u0413\u0301\u0407\u0406\u0308\u040C\u041A\u0301"
    u"\u040D\u0418\u0300\u040E\u0423\u0306\u0419\u0418\u0306\u0439\u0438\u0306\u0450\u0435\u0300"
    u"\u0451\u0435\u0308\u0453\u0433\u0301\u0457\u0456\u0308\u045C\u043A\u0301\u045D\u0438\u0300"
    u"\u045E\u0443\u0306\u1E00A\u0325\u1E01a\u0325\u1E02B\u0307\u1E03b\u0307\u1E04B\u0323\u1E05b\u0323"
    u"\u1E06B\u0331\u1E07b\u0331\u1E08\u00C7\u0301\u1E09\u00E7\u0301\u1E0AD\u0307\u1E0Bd\u0307"
    u"\u1E0CD\u0323\u1E0Dd\u0323\u1E0ED\u0331\u1E0Fd\u0331\u1E10D\u0327\u1E11d\u0327\u1E12D\u032D"
    u"\u1E13d\u032D\u1E14\u0112\u0300\u1E15\u0113\u0300\u1E16\u0112\u0301\u1E17\u0113\u0301\u1E18E\u032D"
    u"\u1E19e\u032D\u1E1AE\u0330\u1E1Be\u0330\u1E1C\u0228\u0306\u1E1D\u0229\u0306\u1E1EF\u0307"
    u"\u1E1Ff\u0307\u1E20G\u0304\u1E21g\u0304\u1E22H\u0307\u1E23h\u0307\u1E24H\u0323\u1E25h\u0323"
    u"\u1E26H\u0308\u1E27h\u0308\u1E28H\u0327\u1E29h\u0327\u1E2AH\u032E\u1E2Bh\u032E\u1E2CI\u0330"
    u"\u1E2Di\u0330\u1E2E\u00CF\u0301\u1E2F\u00EF\u0301\u1E30K\u0301\u1E31k\u0301\u1E32K\u0323"
    u"\u1E33k\u0323\u1E34K\u0331\u1E35k\u0331\u1E36L\u0323\u1E37l\u0323\u1E38\u1E36\u0304"
    u"\u1E39\u1E37\u0304\u1E3AL\u0331\u1E3Bl\u0331\u1E3CL\u032D\u1E3Dl\u032D\u1E3EM\u0301\u1E3Fm\u0301"
    u"\u1E40M\u0307\u1E41m\u0307\u1E42M\u0323\u1E43m\u0323\u1E44N\u0307\u1E45n\u0307\u1E46N\u0323"
    u"\u1E47n\u0323\u1E48N\u0331\u1E49n\u0331\u1E4AN\u032D\u1E4Bn\u032D\u1E4C\u00D5\u0301"
    u"\u1E4D\u00F5\u0301\u1E4E\u00D5\u0308\u1E4F\u00F5\u0308\u1E50\u014C\u0300\u1E51\u014D\u0300"
    u"\u1E52\u014C\u0301\u1E53\u014D\u0301\u1E54P\u0301\u1E55p\u0301\u1E56P\u0307\u1E57p\u0307"
    u"\u1E58R\u0307\u1E59r\u0307\u1E5AR\u0323\u1E5Br\u0323\u1E5C\u1E5A\u0304\u1E5D\u1E5B\u0304"
    u"\u1E5ER\u0331\u1E5Fr\u0331\u1E60S\u0307\u1E61s\u0307\u1E62S\u0323\u1E63s\u0323\u1E64\u015A\u0307"
    u"\u1E65\u015B\u0307\u1E66\u0160\u0307\u1E67\u0161\u0307\u1E68\u1E62\u0307\u1E69\u1E63\u0307"
    u"\u1E6AT\u0307\u1E6Bt\u0307\u1E6CT\u0323\u1E6Dt\u0323\u1E6ET\u0331\u1E6Ft\u0331\u1E70T\u032D"
    u"\u1E71t\u032D\u1E72U\u0324\u1E73u\u0324\u1E74U\u0330\u1E75u\u0330\u1E76U\u032D\u1E77u\u032D"
    u"\u1E78\u0168\u0301\u1E79\u0169\u0301\u1E7A\u016A\u0308\u1E7B\u016B\u0308\u1E7CV\u0303\u1E7Dv\u0303"
    u"\u1E7EV\u0323\u1E7Fv\u0323\u1E80W\u0300\u1E81w\u0300\u1E82W\u0301\u1E83w\u0301\u1E84W\u0308"
    u"\u1E85w\u0308\u1E86W\u0307\u1E87w\u0307\u1E88W\u0323\u1E89w\u0323\u1E8AX\u0307\u1E8Bx\u0307"
    u"\u1E8CX\u0308\u1E8Dx\u0308\u1E8EY\u0307\u1E8Fy\u0307\u1E90Z\u0302\u1E91z\u0302\u1E92Z\u0323"
    u"\u1E93z\u0323\u1E94Z\u0331\u1E95z\u0331\u1E96h\u0331\u1E97t\u0308\u1E98w\u030A\u1E99y\u030A"
    u"\u1E9B\u017F\u0307\u1EA0A\u0323\u1EA1a\u0323\u1EA2A\u0309\u1EA3a\u0309\u1EA4\u00C2\u0301"
    u"\u1EA5\u00E2\u0301\u1EA6\u00C2\u0300\u1EA7\u00E2\u0300\u1EA8\u00C2\u0309\u1EA9\u00E2\u0309"
    u"\u1EAA\u00C2\u0303\u1EAB\u00E2\u0303\u1EAC\u1EA0\u0302\u1EAD\u1EA1\u0302\u1EAE\u0102\u0301"
    u"\u1EAF\u0103\u0301\u1EB0\u0102\u0300\u1EB1\u0103\u0300\u1EB2\u0102\u0309\u1EB3\u0103\u0309"
    u"\u1EB4\u0102\u0303\u1EB5\u0103\u0303\u1EB6\u1EA0\u0306\u1EB7\u1EA1\u0306\u1EB8E\u0323\u1EB9e\u0323"
    u"\u1EBAE\u0309\u1EBBe\u0309\u1EBCE\u0303\u1EBDe\u0303\u1EBE\u00CA\u0301\u1EBF\u00EA\u0301"
    u"\u1EC0\u00CA\u0300\u1EC1\u00EA\u0300\u1EC2\u00CA\u0309\u1EC3\u00EA\u0309\u1EC4\u00CA\u0303"
    u"\u1EC5\u00EA\u0303\u1EC6\u1EB8\u0302\u1EC7\u1EB9\u0302\u1EC8I\u0309\u1EC9i\u0309\u1ECAI\u0323"
    u"\u1ECBi\u0323\u1ECCO\u0323\u1ECDo\u0323\u1ECEO\u0309\u1ECFo\u0309\u1ED0\u00D4\u0301"
    u"\u1ED1\u00F4\u0301\u1ED2\u00D4\u0300\u1ED3\u00F4\u0300\u1ED4\u00D4\u0309\u1ED5\u00F4\u0309"
    u"\u1ED6\u00D4\u0303\u1ED7\u00F4\u0303\u1ED8\u1ECC\u0302\u1ED9\u1ECD\u0302\u1EDA\u01A0\u0301"
    u"\u1EDB\u01A1\u0301\u1EDC\u01A0\u0300\u1EDD\u01A1\u0300\u1EDE\u01A0\u0309\u1EDF\u01A1\u0309"
    u"\u1EE0\u01A0\u0303\u1EE1\u01A1\u0303\u1EE2\u01A0\u0323\u1EE3\u01A1\u0323\u1EE4U\u0323\u1EE5u\u0323"
    u"\u1EE6U\u0309\u1EE7u\u0309\u1EE8\u01AF\u0301\u1EE9\u01B0\u0301\u1EEA\u01AF\u0300\u1EEB\u01B0\u0300"
    u"\u1EEC\u01AF\u0309\u1EED\u01B0\u0309\u1EEE\u01AF\u0303\u1EEF\u01B0\u0303\u1EF0\u01AF\u0323"
    u"\u1EF1\u01B0\u0323\u1EF2Y\u0300\u1EF3y\u0300\u1EF4Y\u0323\u1EF5y\u0323\u1EF6Y\u0309\u1EF7y\u0309"
    u"\u1EF8Y\u0303\u1EF9y\u0303\u304C\u304B\u3099\u304E\u304D\u3099\u3050\u304F\u3099\u3052\u3051\u3099"
    u"\u3054\u3053\u3099\u3056\u3055\u3099\u3058\u3057\u3099\u305A\u3059\u3099\u305C\u305B\u3099"
    u"\u305E\u305D\u3099\u3060\u305F\u3099\u3062\u3061\u3099\u3065\u3064\u3099\u3067\u3066\u3099"
    u"\u3069\u3068\u3099\u3070\u306F\u3099\u3071\u306F\u309A\u3073\u3072\u3099\u3074\u3072\u309A"
    u"\u3076\u3075\u3099\u3077\u3075\u309A\u3079\u3078\u3099\u307A\u3078\u309A\u307C\u307B\u3099"
    u"\u307D\u307B\u309A\u3094\u3046\u3099\u309E\u309D\u3099\u30AC\u30AB\u3099\u30AE\u30AD\u3099"
    u"\u30B0\u30AF\u3099\u30B2\u30B1\u3099\u30B4\u30B3\u3099\u30B6\u30B5\u3099\u30B8\u30B7\u3099"
    u"\u30BA\u30B9\u3099\u30BC\u30BB\u3099\u30BE\u30BD\u3099\u30C0\u30BF\u3099\u30C2\u30C1\u3099"
    u"\u30C5\u30C4\u3099\u30C7\u30C6\u3099\u30C9\u30C8\u3099\u30D0\u30CF\u3099\u30D1\u30CF\u309A"
    u"\u30D3\u30D2\u3099\u30D4\u30D2\u309A\u30D6\u30D5\u3099\u30D7\u30D5\u309A\u30D9\u30D8\u3099"
    u"\u30DA\u30D8\u309A\u30DC\u30DB\u3099\u30DD\u30DB\u309A\u30F4\u30A6\u3099\u30F7\u30EF\u3099"
    u"\u30F8\u30F0\u3099\u30F9\u30F1\u3099\u30FA\u30F2\u3099\u30FE\u30FD\u3099";

char32_t codePointOf(std::string_view bytes)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    constexpr unsigned char leadBits[]{0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t point = byte(0) & leadBits[bytes.size()];
    for (std::size_t i = 1; i < bytes.size(); ++i) {
        point = point << 6 | (byte(i) & 0x3F);
    }
    return point;
}

/// Appends a letter in its parts.
void decompose(char32_t letter, std::u32string& text)
{
    constexpr char32_t firstSyllable = 0xAC00;
    constexpr char32_t syllables = 11172;
    if (letter >= firstSyllable && letter < firstSyllable + syllables) { // Hangul is made by rule
        const char32_t index = letter - firstSyllable;
        text += 0x1100 + index / 588;
        text += 0x1161 + index % 588 / 28;
        if (index % 28 != 0) {
            text += 0x11A7 + index % 28;
        }
        return;
    }
    for (std::size_t i = 0; i < parts.size(); i += 3) {
        if (parts[i] == letter) {
            decompose(parts[i + 1], text);
            text += parts[i + 2];
            return;
        }
    }
    text += letter;
}

char32_t small(char32_t letter)
{
    const auto within = [letter](char32_t first, char32_t last) { return letter >= first && letter <= last; };
    const bool isLatin = within('A', 'Z') || (within(0xC0, 0xDE) && letter != 0xD7);
    if (isLatin || within(0x391, 0x3A9) || within(0x410, 0x42F)) {
        return letter + 0x20;
    }
    return within(0x400, 0x40F) ? letter + 0x50 : letter;
}

enum Step : unsigned { Parts = 1, Small = 2, Blanks = 4 };

std::string utf8Of(const std::u32string& text)
{
    std::string bytes;
    for (const char32_t point : text) {
        if (point < 0x80) {
            bytes += static_cast<char>(point);
            continue;
        }
        const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
        constexpr unsigned char leads[]{0, 0xC0, 0xE0, 0xF0};
        bytes += static_cast<char>(leads[more] | point >> (6 * more));
        for (int i = more - 1; i >= 0; --i) {
            bytes += static_cast<char>(0x80 | (point >> (6 * i) & 0x3F));
        }
    }
    return bytes;
}

std::string folded(std::string_view name, unsigned steps)
{
    std::u32string text;
    for (std::string_view rest = name; !rest.empty();) {
        const std::size_t length = utf8Length(rest);
        if (length == 0) {
            return std::string(name);
        }
        const char32_t letter = codePointOf(rest.substr(0, length));
        rest.remove_prefix(length);
        if (steps & Parts) {
            decompose(letter, text);
        } else {
            text += letter;
        }
    }
    if (steps & Small) {
        std::ranges::transform(text, text.begin(), small);
    }
    if (steps & Blanks) {
        constexpr char32_t noBreakSpace = 0xA0;
        constexpr char32_t ideographicSpace = 0x3000;
        const auto isBlank = [](char32_t c) {
            return c == ' ' || c == '\t' || c == noBreakSpace || c == ideographicSpace;
        };
        std::ranges::replace_if(text, isBlank, U' ');
        const auto repeated =
            std::ranges::unique(text, [](char32_t a, char32_t b) { return a == ' ' && b == ' '; });
        text.erase(repeated.begin(), repeated.end());
        text.erase(0, std::min(text.find_first_not_of(U' '), text.size()));
        text.erase(text.find_last_not_of(U' ') + 1);
    }
    return utf8Of(text);
}

} // namespace

std::string foldedName(std::string_view name)
{
    return folded(name, Parts | Small | Blanks);
}

std::string differenceOf(const std::string& one, const std::string& other)
{
    const auto matters = [&](unsigned without) { return folded(one, without) != folded(other, without); };
    std::string text;
    const auto add = [&](const char* what) { text += (text.empty() ? "" : " and ") + std::string(what); };
    if (matters(Parts | Blanks)) {
        add("in capital letters");
    }
    if (matters(Small | Blanks)) {
        add("in how accented letters are encoded");
    }
    if (matters(Parts | Small)) {
        add("in blanks");
    }
    return text;
}

} // namespace thaw
