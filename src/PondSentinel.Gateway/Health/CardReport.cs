using System.Buffers;
using System.Text.Json;
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

    // What the kernel says is bounded before it is stored and sent.
    private const int DetailLengthMax = 200;

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

    private static byte[] Body(string? fault, int refused)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            if (fault is null)
            {
                json.WriteNull("fault");
                json.WriteString("was", "card");
            }
            else
            {
                json.WriteString("fault", "card");
                json.WriteString("detail", fault.Length > DetailLengthMax ? fault[..DetailLengthMax] : fault);
                json.WriteString("hint", Hint);
            }

            if (refused > 0)
            {
                json.WriteNumber("count", refused);
            }

            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }
}
