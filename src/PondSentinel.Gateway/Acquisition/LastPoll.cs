using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What came of the last poll of a device, for people who ask how it is.</summary>
/// <param name="At">When it was, on the boot-time clock.</param>
/// <param name="Reading">What came of it.</param>
/// <param name="Values">Its channels, with all that was said for and against them.</param>
internal sealed record LastPoll(TimeSpan At, Reading Reading, IReadOnlyList<ChannelValue> Values);
