using System.Globalization;
using System.Text.Json;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Control;

/// <summary>What somebody asks of a running gateway.</summary>
/// <remarks>Bytes of the form that all messages have (<see cref="StrictJson"/>), and no more of them than <see cref="BytesMax"/>:
/// whatever is read of it is safe to store, to log and to send on.</remarks>
internal sealed class ControlRequest
{
    /// <summary>Most bytes of a request, without the line's end.</summary>
    public const int BytesMax = 64 * 1024;

    private readonly JsonElement body;

    private ControlRequest(string verb, JsonElement body, uint uid) => (Verb, this.body, Uid) = (verb, body, uid);

    /// <summary>The verb's name.</summary>
    public string Verb { get; }

    /// <summary>The user who asks, by the kernel's word.</summary>
    public uint Uid { get; }

    /// <summary>Reads a request.</summary>
    /// <param name="json">The bytes, hostile until shown otherwise.</param>
    /// <param name="uid">The user who sent them.</param>
    /// <exception cref="ControlRefusedException">They are no request.</exception>
    public static ControlRequest Parse(ReadOnlySpan<byte> json, uint uid)
    {
        if (json.Length > BytesMax)
        {
            throw new ControlRefusedException($"a request has at most {BytesMax} bytes");
        }

        if (StrictJson.FaultIn(json) is { } fault)
        {
            throw new ControlRefusedException($"this is no request: {fault}; send {{\"verb\":\"status\"}} or the like, one a line");
        }

        using var document = JsonDocument.Parse(json.ToArray());
        var top = new ControlRequest("", document.RootElement.Clone(), uid);
        var verb = top.Text("verb", 32);
        return new ControlRequest(verb, top.OptionalObject("body"), uid);
    }

    /// <summary>A text that has to be there.</summary>
    /// <param name="member">The member of the body.</param>
    /// <param name="lengthMax">Most characters it may have; one at least.</param>
    /// <exception cref="ControlRefusedException">It is not there, or not so.</exception>
    public string Text(string member, int lengthMax) =>
        OptionalText(member, lengthMax) ?? throw new ControlRefusedException($"{member} is missing");

    /// <summary>A text, or null where it is absent or null.</summary>
    /// <param name="member">The member of the body.</param>
    /// <param name="lengthMax">Most characters it may have; one at least.</param>
    /// <exception cref="ControlRefusedException">It is not so.</exception>
    public string? OptionalText(string member, int lengthMax)
    {
        if (Member(member) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= lengthMax
            ? text
            : throw new ControlRefusedException($"{member} must be a text of 1 to {lengthMax} characters");
    }

    /// <summary>A finite number that has to be there.</summary>
    /// <param name="member">The member of the body.</param>
    /// <exception cref="ControlRefusedException">It is not there, or not so.</exception>
    public double Number(string member)
    {
        var value = Member(member) ?? throw new ControlRefusedException($"{member} is missing");
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new ControlRefusedException($"{member} must be a number");
    }

    /// <summary>A whole number, or null where it is absent or null.</summary>
    /// <param name="member">The member of the body.</param>
    /// <param name="min">Least.</param>
    /// <param name="max">Most.</param>
    /// <exception cref="ControlRefusedException">It is not so.</exception>
    public long? OptionalInteger(string member, long min, long max)
    {
        if (Member(member) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max
            ? number
            : throw new ControlRefusedException(
                string.Create(CultureInfo.InvariantCulture, $"{member} must be a whole number from {min} to {max}"));
    }

    /// <summary>Texts of which there has to be one at least.</summary>
    /// <param name="member">The member of the body.</param>
    /// <param name="countMax">Most of them.</param>
    /// <param name="lengthMax">Most characters that each may have; one at least.</param>
    /// <exception cref="ControlRefusedException">They are not there, or not so.</exception>
    public IReadOnlyList<string> Texts(string member, int countMax, int lengthMax) =>
        Member(member) is { ValueKind: JsonValueKind.Array } value && value.GetArrayLength() is var count && count > 0 && count <= countMax
            && value.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String && each.GetString() is { Length: > 0 } text && text.Length <= lengthMax)
            ? [.. value.EnumerateArray().Select(each => each.GetString()!)]
            : throw new ControlRefusedException($"{member} must be 1 to {countMax} texts of 1 to {lengthMax} characters each");

    /// <summary>Yes or no, or null where it is absent or null.</summary>
    /// <param name="member">The member of the body.</param>
    /// <exception cref="ControlRefusedException">It is neither.</exception>
    public bool? OptionalFlag(string member) => Member(member) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw new ControlRefusedException($"{member} must be true or false"),
    };

    /// <summary>An object that has to be there.</summary>
    /// <param name="member">The member of the body.</param>
    /// <exception cref="ControlRefusedException">It is not there, or not so.</exception>
    public JsonElement Object(string member) => OptionalObject(member) is { ValueKind: JsonValueKind.Object } value
        ? value
        : throw new ControlRefusedException($"{member} is missing");

    private JsonElement OptionalObject(string member)
    {
        if (Member(member) is not { } value)
        {
            return default;
        }

        return value.ValueKind == JsonValueKind.Object ? value : throw new ControlRefusedException($"{member} must be an object");
    }

    private JsonElement? Member(string member) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
}
