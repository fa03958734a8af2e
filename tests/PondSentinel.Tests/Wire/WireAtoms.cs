using CsCheck;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>What arbitrary messages are made of.</summary>
/// <remarks>Apart from both <see cref="WireGen"/> and <see cref="BatchGen"/>: did these two need each other, two tests that
/// begin at once could find one of them half made.</remarks>
internal static class WireAtoms
{
    public const long NumberMax = (1L << 53) - 1;

    public static readonly Gen<string> Name = Gen.String[Gen.Char["abcxyz0189-"], 1, 32];

    public static readonly Gen<string> Epoch = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz234567"], 8, 8];

    public static readonly Gen<long> Number =
        Gen.Frequency((4, Gen.Long[0, 1_000_000]), (1, Gen.Long[0, NumberMax]), (1, Gen.OneOf(0L, NumberMax)));

    public static readonly Gen<ClockStamp> Clock =
        Gen.Select(Gen.Enum<ClockSource>(), Number, (source, error) => new ClockStamp(source, error));
}
