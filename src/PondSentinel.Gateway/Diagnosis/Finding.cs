namespace PondSentinel.Gateway.Diagnosis;

/// <summary>How bad something is.</summary>
internal enum Severity
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>It works, and somebody should look after it.</summary>
    Warn,

    /// <summary>Something is lost or will be until somebody does something.</summary>
    Bad,
}

/// <summary>Something that the doctor has found.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Code">What it is, a key of <see cref="DoctorWords"/>; a contract for programs: never renamed, only added.</param>
/// <param name="Arguments">What its words are about.</param>
internal sealed record Finding(Severity Severity, string Code, params IReadOnlyList<string> Arguments)
{
    /// <summary>What its words are about in Chinese, where that differs; null where it does not.</summary>
    public IReadOnlyList<string>? ArgumentsChinese { get; init; }

    /// <summary>Something good.</summary>
    public static Finding Good(string code, params IReadOnlyList<string> arguments) => new(Severity.Good, code, arguments);

    /// <summary>Something to look after.</summary>
    public static Finding Warn(string code, params IReadOnlyList<string> arguments) => new(Severity.Warn, code, arguments);

    /// <summary>Something bad.</summary>
    public static Finding Bad(string code, params IReadOnlyList<string> arguments) => new(Severity.Bad, code, arguments);
}
