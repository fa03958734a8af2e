using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Messages of the topic <c>state</c>.</summary>
internal static class StateMessages
{
    /// <summary>What the broker publishes when the gateway is gone without a word. It is handed over before the connection
    /// begins, so it knows nothing of epochs.</summary>
    /// <param name="room">What surrounds the uplink.</param>
    public static OutgoingMessage Will(UplinkRoom room) => Of(room, on: false, "will", epoch: null, []);

    /// <summary>A state.</summary>
    /// <param name="room">What surrounds the uplink.</param>
    /// <param name="on">Whether the gateway is there and means to stay.</param>
    /// <param name="reason">Why not.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="inventory">What it holds.</param>
    public static OutgoingMessage Of(
        UplinkRoom room, bool on, string? reason, string? epoch, IReadOnlyList<HeldEpoch> inventory) =>
        new(
            room.TopicOf(TopicKind.State),
            StateCodec.Encode(new StateMessage
            {
                On = on,
                Reason = reason,
                Hardware = room.Hardware,
                Software = room.Software,
                Epoch = epoch,
                Inventory = inventory,

                // The will is handed over before the link and published after it: what it knew would be old.
                Believed = on && room.Buffer.Believed is { } believed && believed.By == room.Options.ReceiptsFrom
                    ? believed
                    : null,
                ReceiptSeconds = on && room.Options.ReceiptsWithin is { } wait
                    ? (int)Math.Clamp(wait.TotalSeconds, 1, StateCodec.ReceiptSecondsMax)
                    : null,
            }),
            Retain: true);
}
