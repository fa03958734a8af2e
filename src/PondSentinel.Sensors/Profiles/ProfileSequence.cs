using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Sensors.Profiles;

/// <summary>What a poll of a probe needs beside its reads. All its waiting is off the line.</summary>
public sealed record ProfileSequence
{
    /// <summary>How long after power came its values are none; waited after each time that the probe had gone.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>What is sent before the reads, in this order.</summary>
    public IReadOnlyList<ProfileStep> Prelude { get; init; } = [];

    /// <summary>How seldom the prelude is enough: zero where each poll needs it, <see cref="TimeSpan.MaxValue"/> where once after
    /// power came is enough.</summary>
    public TimeSpan PreludeEvery { get; init; }

    /// <summary>How long after the prelude the water at the probe is not what it was.</summary>
    public TimeSpan Settle { get; init; }

    /// <summary>How many times all is read for one value, 1 or more.</summary>
    public int Burst { get; init; } = 1;

    /// <summary>From the beginning of one to the beginning of the next.</summary>
    public TimeSpan BurstEvery { get; init; }

    /// <summary>How one value is made of them.</summary>
    public Reducer Reducer { get; init; }

    /// <summary>What is sent after the reads, in this order.</summary>
    public IReadOnlyList<ProfileStep> Postlude { get; init; } = [];

    /// <summary>How long a poll waits off the line at the most.</summary>
    public TimeSpan Waiting => (Prelude.Count > 0 ? Settle : TimeSpan.Zero) + (BurstEvery * (Burst - 1));
}

/// <summary>A command that is sent to a probe.</summary>
/// <param name="Send">Function and data, without address and checksum.</param>
/// <param name="Reply">Function and data of the reply; empty where the reply has no form that can be relied on.</param>
/// <param name="Drain">How long is waited for a reply without form, all of which is thrown away; zero where
/// <paramref name="Reply"/> is known.</param>
/// <param name="Source">Where it is from.</param>
public sealed record ProfileStep(ReadOnlyMemory<byte> Send, ReadOnlyMemory<byte> Reply, TimeSpan Drain, string Source)
{
    /// <summary>The request.</summary>
    /// <param name="address">The device.</param>
    public ModbusRequest Request(byte address) => ModbusRequest.Raw(address, Send.Span, Reply.Span);
}

/// <summary>How one value is made of several.</summary>
public enum Reducer
{
    /// <summary>The one in the middle: a bubble or a fish does not move it.</summary>
    Median,

    /// <summary>The mean; of directions that of their vectors.</summary>
    Mean,
}
