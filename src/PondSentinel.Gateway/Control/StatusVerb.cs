using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Control;

/// <summary><c>status</c>: how the gateway is, in one look.</summary>
/// <param name="gateway">Its name.</param>
/// <param name="software">Its version.</param>
/// <param name="buffer">The buffer.</param>
/// <param name="tallies">What became of the polls of each device.</param>
/// <param name="clock">The clock.</param>
internal sealed class StatusVerb(
    string gateway, string software, IRecordLog buffer, IReadOnlyList<DeviceTally> tallies, GatewayClock clock) : IControlVerb
{
    private readonly TimeSpan began = clock.BootTime;

    /// <inheritdoc/>
    public string Name => "status";

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var now = clock.Now();
        var status = buffer.Status;
        return ValueTask.FromResult(new ControlAnswer(json =>
        {
            json.WriteString("gateway", gateway);
            json.WriteString("software", software);
            json.WriteNumber("uptime_s", (long)(now.BootTime - began).TotalSeconds);
            json.WriteString("clock", now.Trust?.Source.Token);
            json.WriteString("epoch", buffer.Epoch);
            json.WriteNumber("unsettled", status.Unsettled);
            json.WriteString("fault", status.Fault);
            json.WriteStartArray("devices");
            foreach (var tally in tallies)
            {
                json.WriteStartObject();
                json.WriteString("device", tally.Device);
                json.WriteNumber("polls", tally.Polls);
                json.WriteNumber("failed", tally.Failed);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }));
    }
}
