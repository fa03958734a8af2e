namespace PondSentinel.Backend.Commands;

/// <summary>Asks for a password: at the terminal, where it is not shown, or from what is piped in. It is never an argument: those are
/// seen by everybody on the machine.</summary>
/// <param name="input">What is piped in; null for the terminal.</param>
internal sealed class PasswordPrompt(TextReader? input)
{
    private const int LengthMax = 1_024;

    /// <summary>Of this process.</summary>
    public static PasswordPrompt ForThisProcess() => new(Console.IsInputRedirected ? Console.In : null);

    /// <summary>Asks for a new password.</summary>
    /// <param name="output">Where the question goes.</param>
    /// <param name="name">Whose password.</param>
    /// <returns>The password, or what went wrong.</returns>
    public (string? Password, string? Refusal) AskNew(TextWriter output, string name)
    {
        if (input is not null)
        {
            return ReadLine(input) is { Length: > 0 } line
                ? (line, null)
                : (null, "no password came in; type it at the terminal, or pipe one line in");
        }

        var first = ReadKeys(output, $"Password of {name}: ");
        return ReadKeys(output, "Once more: ") == first ? (first, null) : (null, "these were two different passwords; nothing is changed");
    }

    private static string ReadLine(TextReader reader)
    {
        var line = new List<char>();
        while (line.Count < LengthMax && reader.Read() is >= 0 and not '\n' and var character)
        {
            line.Add((char)character);
        }

        return new string([.. line]).TrimEnd('\r');
    }

    private static string ReadKeys(TextWriter output, string question)
    {
        output.Write(question);
        var typed = new List<char>();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.RemoveRange(Math.Max(0, typed.Count - 1), Math.Min(1, typed.Count));
            }
            else if (!char.IsControl(key.KeyChar) && typed.Count < LengthMax)
            {
                typed.Add(key.KeyChar);
            }
        }

        output.WriteLine();
        return new string([.. typed]);
    }
}
