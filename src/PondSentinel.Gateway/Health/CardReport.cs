using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Health;

/// <summary>Tells of a card that takes nothing any more, and of one that does again: as an event of type <c>fault</c>, at
/// most <see cref="HourlyAllowance.PerHour"/> an hour, and with the fault light.</summary>
/// <remarks>Thread-safe. The event itself is in memory while the card fails, and goes out from there.</remarks>
/// <param name="sink">Where events go.</param>
/// <param name="clock">The clock.</param>
/// <param name="light">The light.</param>
internal sealed class CardReport(RecordSink sink, GatewayClock clock, FaultLight light)
{
    private const string Hint = "check the card, its room and its mount; replace a card that has gone read-only";

    private readonly Lock gate = new();
    private readonly HourlyAllowance allowance = new();

    /// <summary>Takes note of a change.</summary>
    /// <param name="fault">What is wrong, in one line for people; null when nothing is any more.</param>
    public void Note(string? fault)
    {
        var now = clock.Now();
        lock (gate)
        {
            light.Show(fault is not null);
            var refused = allowance.TakeRefused(now.BootTime);
            if (refused > 0 || allowance.TryTake(now.BootTime))
            {
                sink.AppendEvent("fault", device: null, now, Body(fault, refused));
            }
        }
    }

    private static byte[] Body(string? fault, int refused) => EventJson.Of(refused, json =>
    {
        if (fault is null)
        {
            json.WriteNull("fault");
            json.WriteString("was", "card");
            return;
        }

        json.WriteString("fault", "card");
        json.WriteString("detail", EventJson.Cut(fault));
        json.WriteString("hint", Hint);
    });
}
