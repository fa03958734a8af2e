using System.Buffers;
using System.Text;
using System.Text.Json;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Applying;

/// <summary>How far a trial is.</summary>
internal enum TrialState
{
    /// <summary>The settings are about to be written.</summary>
    Armed,

    /// <summary>The gateway goes by them, and looks for the broker.</summary>
    Trying,

    /// <summary>The broker was not reached: the gateway goes by those before, although the file has these.</summary>
    Refused,
}

/// <summary>Settings on trial: whoever gave them may have lost the way to the machine by them.</summary>
/// <param name="Tried">Digest of the file that is tried, see <see cref="LoadedConfiguration.Digest"/>.</param>
/// <param name="Previous">What the gateway went by before: the text of a configuration.</param>
/// <param name="Within">How long the broker may take to be reached.</param>
/// <param name="State">How far it is.</param>
/// <param name="Starts">How often the gateway has been started while it went on.</param>
internal sealed record Trial(string Tried, string Previous, TimeSpan Within, TrialState State, int Starts = 0)
{
    /// <summary>How often the gateway may be started before the settings count as refused: a gateway that they end at once never gets to
    /// look for the broker.</summary>
    public const int StartsMax = 3;

    /// <summary>Shortest and longest time for the broker.</summary>
    public static readonly TimeSpan WithinMin = TimeSpan.FromSeconds(1), WithinMax = TimeSpan.FromHours(1);
}

/// <summary>The note of a trial on the card, beside the buffer's folder: it outlives the process and the power.</summary>
/// <param name="file">The file.</param>
internal sealed class TrialFile(WholeFile file)
{
    /// <summary>Most bytes of it that are read: a configuration of 1 MiB, in base64.</summary>
    public const int BytesMax = 2 << 20;

    private const int Version = 1;

    private static readonly Dictionary<string, TrialState> States = new(StringComparer.Ordinal)
    {
        ["armed"] = TrialState.Armed, ["trying"] = TrialState.Trying, ["refused"] = TrialState.Refused,
    };

    /// <summary>The note of a gateway.</summary>
    /// <param name="configuration">Its settings.</param>
    public static TrialFile Of(GatewayConfiguration configuration) =>
        new(new WholeFile(configuration.StateFolder, $"trial-{configuration.Id}.json", BytesMax));

    /// <summary>What a state is called.</summary>
    /// <param name="state">The state.</param>
    public static string Word(TrialState state) => States.First(pair => pair.Value == state).Key;

    /// <summary>The trial that goes on or was refused; null where there is none, or none that can be read.</summary>
    public Trial? Read()
    {
        if (file.Read(out _) is not { } bytes || StrictJson.FaultIn(bytes) is not null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            var top = document.RootElement;
            return top.GetProperty("v").GetInt32() == Version && top.TryGetProperty("tried", out var tried)
                ? new Trial(
                    Text(tried),
                    Encoding.UTF8.GetString(top.GetProperty("previous").GetBytesFromBase64()),
                    Within(top.GetProperty("within_s").GetInt64()),
                    States[Text(top.GetProperty("state"))],
                    top.GetProperty("starts").GetInt32())
                : null;
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Replaces it, durably.</summary>
    /// <param name="trial">The trial; null where it is over.</param>
    /// <returns>Why it could not be written, in one line; null where it could.</returns>
    public string? Write(Trial? trial)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("v", Version);
            if (trial is not null)
            {
                json.WriteString("tried", trial.Tried);
                json.WriteBase64String("previous", Encoding.UTF8.GetBytes(trial.Previous));
                json.WriteNumber("within_s", (long)trial.Within.TotalSeconds);
                json.WriteString("state", Word(trial.State));
                json.WriteNumber("starts", trial.Starts);
            }

            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        return file.Write(bytes.WrittenSpan);
    }

    private static string Text(JsonElement json) => json.GetString() ?? throw new FormatException("a text is null");

    private static TimeSpan Within(long seconds) =>
        TimeSpan.FromSeconds(Math.Clamp(seconds, (long)Trial.WithinMin.TotalSeconds, (long)Trial.WithinMax.TotalSeconds));
}
