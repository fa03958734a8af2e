using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>A gateway's state as bytes, topic <c>state</c> and its will.</summary>
public static class StateCodec
{
    /// <summary>Most bytes of a message.</summary>
    public const int BytesMax = 256 * 1024;

    /// <summary>Most seconds that a receipt may be let wait.</summary>
    public const int ReceiptSecondsMax = 3_600;

    private const int TextLengthMax = 64;

    /// <summary>Writes a state.</summary>
    /// <param name="state">The state. Hardware and software are cut to 64 characters and cleaned of what a message may not
    /// carry; of more than 4,096 epochs the last of the list go out.</param>
    /// <exception cref="ArgumentException">Another member breaks the contract.</exception>
    public static byte[] Encode(StateMessage state) =>
        WireMessage.WriteChecked(state, Write, static bytes => Decode(bytes).Malformed);

    /// <summary>Reads a state.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<StateMessage> Decode(ReadOnlySpan<byte> payload) =>
        WireMessage.Read(payload, BytesMax, Read);

    private static void Write(Utf8JsonWriter json, StateMessage state)
    {
        json.WriteBoolean("on", state.On);
        json.WriteOptional("reason", state.Reason);
        json.WriteOptional("hw", WireText.Clean(state.Hardware, TextLengthMax));
        json.WriteOptional("sw", WireText.Clean(state.Software, TextLengthMax));
        json.WriteString("ep", state.Epoch);
        json.WriteInventory(state.Inventory);
        if (state.Believed is { } believed)
        {
            json.WriteStartObject("rc");
            json.WriteString("by", believed.By);
            json.WriteNumber("gen", believed.Generation);
            json.WriteNumber("n", believed.Number);
            json.WriteEndObject();
        }

        if (state.ReceiptSeconds is { } seconds)
        {
            json.WriteNumber("rc_s", seconds);
        }
    }

    private static StateMessage Read(Node top) => new()
    {
        On = top.Flag("on"),
        Reason = top.OptionalNameIn("reason"),
        Hardware = top.OptionalText("hw", TextLengthMax),
        Software = top.OptionalText("sw", TextLengthMax),
        Epoch = top.OptionalToken("ep", Names.IsEpoch, "an epoch"),
        Inventory = top.Inventory(),
        Believed = top.OptionalObject("rc") is { } believed
            ? new BelievedReceipt(believed.NameIn("by"), believed.Count("gen"), believed.Count("n"))
            : null,
        ReceiptSeconds = (int?)top.OptionalInteger("rc_s", 1, ReceiptSecondsMax),
    };
}
