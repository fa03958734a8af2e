using System.CommandLine;
using System.Globalization;
using PondSentinel.Backend.Ingest;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend decode</c>: prints a message of the wire, or a file of the archive, for a person.</summary>
internal static class DecodeCommand
{
    /// <summary>Exit code where something is malformed.</summary>
    public const int Malformed = 1;

    /// <summary>Exit code where there is nothing to read.</summary>
    public const int Misuse = 2;

    // A message is at most a few hundred kilobytes; more is some other file.
    private const int MessageBytesMax = 8 * 1024 * 1024;
    private const string ArchiveExtension = ".jsonl";

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A message, or a day of the archive (.jsonl); - reads a message from the input." };
        var kind = new Option<string?>("--kind")
        {
            Description = $"What the message is, where that cannot be guessed: {string.Join(", ", MessageKinds.Words)}.",
            HelpName = "KIND",
        };
        var command = new Command(
            "decode", "Print a message or a file of the archive for a person; exit 1 when it is malformed.") { file, kind };
        command.SetAction(result => Run(
            result.GetRequiredValue(file),
            result.GetValue(kind),
            Console.OpenStandardInput,
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

    /// <summary>Reads and prints.</summary>
    /// <param name="path">The file, or <c>-</c>.</param>
    /// <param name="kind">What it is, or null to guess.</param>
    /// <param name="input">Opens the input.</param>
    /// <param name="output">Receives the message.</param>
    /// <param name="error">Receives what is wrong.</param>
    /// <returns>The exit code: 0, <see cref="Malformed"/> or <see cref="Misuse"/>.</returns>
    internal static int Run(string path, string? kind, Func<Stream> input, TextWriter output, TextWriter error)
    {
        if (kind is not null && !MessageKinds.Words.Contains(kind))
        {
            error.WritePlain($"--kind {kind} is not known; use one of: {string.Join(", ", MessageKinds.Words)}");
            return Misuse;
        }

        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            error.WritePlain("name a file, or - to read a message from the input");
            return Misuse;
        }

        try
        {
            if (kind is null && path.EndsWith(ArchiveExtension, StringComparison.Ordinal))
            {
                return PrintArchive(path, output, error);
            }

            using var stream = path == "-" ? input() : File.OpenRead(path);
            return ReadAll(stream) is { } payload
                ? Print(path, payload, kind, output, error)
                : Refuse(path, string.Create(CultureInfo.InvariantCulture, $"larger than {MessageBytesMax} bytes, so no message"), error);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WritePlain($"{path}: {e.Message}");
            return Misuse;
        }
    }

    private static int PrintArchive(string path, TextWriter output, TextWriter error)
    {
        var (code, line) = (0, 0);
        foreach (var batch in BatchArchive.Read(path))
        {
            line++;
            var place = string.Create(CultureInfo.InvariantCulture, $"{path}:{line}");
            if (batch is null)
            {
                code = Refuse(place, "the line is torn or damaged: its batch cannot be read", error);
                continue;
            }

            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture, $"# {MessageText.Time(batch.AtMs)} {batch.Topic}, {batch.Payload.Length} bytes"));
            code = Math.Max(code, Print(place, batch.Payload.ToArray(), "batch", output, error));
        }

        return code;
    }

    private static int Print(string place, byte[] payload, string? kind, TextWriter output, TextWriter error)
    {
        var word = kind ?? MessageKinds.Guess(payload);
        if (word is null)
        {
            return Refuse(
                place,
                $"not a message whose kind can be told; name it with --kind, one of: {string.Join(", ", MessageKinds.Words)}",
                error);
        }

        var (lines, malformed) = MessageText.Describe(word, payload);
        if (malformed is not null)
        {
            return Refuse(place, $"malformed {word}: {malformed}", error);
        }

        foreach (var line in lines)
        {
            output.WritePlain(line);
        }

        return 0;
    }

    private static int Refuse(string place, string why, TextWriter error)
    {
        error.WritePlain($"{place}: {why}");
        return Malformed;
    }

    private static byte[]? ReadAll(Stream stream)
    {
        using var copy = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            copy.Write(buffer, 0, count);
            if (copy.Length > MessageBytesMax)
            {
                return null;
            }
        }

        return copy.ToArray();
    }
}
