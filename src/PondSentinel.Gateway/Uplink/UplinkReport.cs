using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Tells of what the uplink meets as events of type <c>fault</c>: at most <see cref="HourlyAllowance.PerHour"/> an hour,
/// then one with the count.</summary>
/// <remarks>Thread-safe. They wait in the buffer until there is a link that takes them.</remarks>
/// <param name="room">What surrounds the uplink.</param>
internal sealed class UplinkReport(UplinkRoom room)
{
    private readonly Lock gate = new();
    private readonly HourlyAllowance allowance = new();

    /// <summary>Tells of something a person should look after.</summary>
    /// <param name="fault">What is wrong, as a name.</param>
    /// <param name="detail">In one line for people, with what to do.</param>
    public void Fault(string fault, string detail)
    {
        var now = room.Clock.Now();
        lock (gate)
        {
            var refused = allowance.TakeRefused(now.BootTime);
            if (refused > 0 || allowance.TryTake(now.BootTime))
            {
                room.Buffer.AppendEvent(new BufferedEvent
                {
                    Site = room.Site,
                    Clock = now,
                    Type = "fault",
                    Body = EventJson.Of(refused, json =>
                    {
                        json.WriteString("fault", fault);
                        json.WriteString("detail", EventJson.Cut(detail));
                    }),
                });
            }
        }
    }
}
