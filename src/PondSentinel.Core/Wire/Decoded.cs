using System.Diagnostics.CodeAnalysis;

namespace PondSentinel.Wire;

/// <summary>What came of reading a message: the message, or what is wrong with it. Bytes never make a decoder throw.</summary>
/// <typeparam name="T">The message.</typeparam>
/// <param name="Value">The message; null where it is malformed.</param>
/// <param name="Malformed">What is wrong and where, in one line for people; null where nothing is.</param>
public readonly record struct Decoded<T>(T? Value, string? Malformed)
    where T : class
{
    /// <summary>Whether there is a message.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Malformed))]
    public bool IsGood => Value is not null;
}
