using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Diagnosis;

/// <summary>How a device was when it was last asked.</summary>
/// <param name="Options">Its settings.</param>
/// <param name="WasAsked">Whether it was.</param>
/// <param name="Fault">What was wrong, as the wire's token (<see cref="WhyTokens"/>); null where nothing was.</param>
/// <param name="Detail">What its driver said of it.</param>
/// <param name="Hint">What to look at first.</param>
internal sealed record DeviceState(DeviceOptions Options, bool WasAsked, string? Fault, string Detail, string Hint)
{
    /// <summary><see cref="Hint"/> in Chinese; null where nobody has said it so.</summary>
    public string? HintChinese { get; init; }

    /// <summary>Whether nothing came from it that had its form.</summary>
    public bool IsSilent => Fault is "no-answer" or "timed-out";

    /// <summary>Whether what came could not be read.</summary>
    public bool IsGarbled => Fault == "garbled";

    /// <summary>Whether its bus is not there.</summary>
    public bool IsDown => Fault == "bus-down";
}
