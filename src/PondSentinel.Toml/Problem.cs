namespace PondSentinel.Toml;

/// <summary>One mistake in a file that people write: where it is, what is wrong and how to mend it.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
/// <param name="What">What is wrong, naming the key.</param>
/// <param name="Mend">What to do about it.</param>
public sealed record Problem(string File, int Line, int Column, string What, string Mend)
{
    /// <summary>One line for a terminal or log: <c>file:line:column: what; mend</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{File}:{Line}:{Column}: {What}; {Mend}");
}
