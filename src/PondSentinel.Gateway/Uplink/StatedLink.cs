using System.Globalization;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>A link over which nothing of an epoch goes before the state that names the epoch. Thread-safe.</summary>
/// <param name="room">What surrounds the uplink.</param>
/// <param name="courier">Sends over the link.</param>
/// <param name="terms">What the broker allows.</param>
internal sealed class StatedLink(UplinkRoom room, Courier courier, BrokerTerms terms)
{
    private readonly SendSlots turn = new(1);
    private string? statedEpoch;
    private bool stated;
    private ReadOnlyMemory<byte>? described;

    /// <summary>Largest packet the broker takes, bytes.</summary>
    public long PacketBytesMax => terms.PacketBytesMax;

    /// <summary>Publishes.</summary>
    /// <param name="message">The message.</param>
    /// <param name="priority">How important it is.</param>
    /// <param name="cancellationToken">Stops waiting for a turn.</param>
    /// <param name="leaving">Called before the first byte is sent.</param>
    public Task<SendAnswer> PublishAsync(
        OutgoingMessage message, SendPriority priority, CancellationToken cancellationToken, Action? leaving = null) =>
        courier.PublishAsync(message, priority, cancellationToken, leaving);

    /// <summary>Publishes the state, retained, where the epoch has changed since the last time, and what describes the records, where
    /// that has.</summary>
    /// <param name="cancellationToken">Stops waiting for a turn.</param>
    /// <param name="anyway">Publish it whatever it was the last time.</param>
    public async Task StateAsync(CancellationToken cancellationToken, bool anyway = false)
    {
        if (described is { } before && !before.Equals(room.Meta()))
        {
            await MetaAsync(cancellationToken);
        }

        if (!anyway && stated && room.Buffer.Epoch == statedEpoch)
        {
            return;
        }

        await turn.EnterAsync(SendPriority.Control, cancellationToken);
        try
        {
            var epoch = room.Buffer.Epoch;
            if (!anyway && stated && epoch == statedEpoch)
            {
                return;
            }

            var answer = await courier.PublishAsync(
                Message(epoch, on: true, reason: null), SendPriority.Control, cancellationToken);
            (stated, statedEpoch) = (true, epoch);
            GiveUpWhereRefused(answer, TopicKind.State);
        }
        finally
        {
            turn.Leave();
        }
    }

    /// <summary>Publishes that the gateway leaves of its own will.</summary>
    /// <param name="cancellationToken">Stops waiting for a turn.</param>
    public Task<SendAnswer> StateOffAsync(CancellationToken cancellationToken) =>
        courier.PublishAsync(Message(room.Buffer.Epoch, on: false, "stop"), SendPriority.Control, cancellationToken);

    /// <summary>Publishes what describes the records, retained.</summary>
    /// <param name="cancellationToken">Stops waiting for a turn.</param>
    public async Task MetaAsync(CancellationToken cancellationToken)
    {
        await turn.EnterAsync(SendPriority.Control, cancellationToken);
        try
        {
            var meta = room.Meta();
            if (described is { } before && before.Equals(meta))
            {
                return;
            }

            var answer = await courier.PublishAsync(
                new OutgoingMessage(room.TopicOf(TopicKind.Meta), meta, Retain: true), SendPriority.Control, cancellationToken);
            described = meta;
            GiveUpWhereRefused(answer, TopicKind.Meta);
        }
        finally
        {
            turn.Leave();
        }
    }

    // Without them nobody understands the records: better no link and a clear line than records in the dark.
    private void GiveUpWhereRefused(SendAnswer answer, TopicKind kind)
    {
        if (answer.Outcome == SendOutcome.Refused)
        {
            courier.Give(string.Create(
                CultureInfo.InvariantCulture,
                $"the broker refuses {room.TopicOf(kind)}: {answer.Why}"));
        }
    }

    private OutgoingMessage Message(string? epoch, bool on, string? reason) =>
        StateMessages.Of(room, on, reason, epoch, room.Buffer.Inventory);
}
