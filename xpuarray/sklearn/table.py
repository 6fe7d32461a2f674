"""Which engine computes what on which kind of device: the table that the routes go by."""

from __future__ import annotations

from xpuarray.sklearn.choosing import Few, Rule, SeveralClasses, TellApart

__all__ = [
    "ARRAY_API", "DRIVERS", "HANDED_ON", "MODULES", "ONEDAL", "ONEDAL_ON_GPUS", "OTHERS", "OURS_ON_CPUS",
    "STOCK_ON_CPUS",
]  # fmt: skip

#: Modules of scikit-learn whose functions take arrays; and those where several are also defined.
MODULES = (
    "calibration", "cluster", "covariance", "cross_decomposition", "decomposition", "discriminant_analysis", "dummy",
    "ensemble", "feature_extraction", "feature_extraction.image", "feature_extraction.text", "feature_selection",
    "gaussian_process", "impute", "inspection", "isotonic", "kernel_approximation", "kernel_ridge", "linear_model",
    "manifold", "metrics", "metrics.cluster", "metrics.pairwise", "mixture", "model_selection", "multiclass",
    "multioutput", "naive_bayes", "neighbors", "neural_network", "pipeline", "compose", "preprocessing",
    "random_projection", "semi_supervised", "svm", "tree", "utils", "utils.class_weight", "utils.extmath",
    "utils.multiclass",
)  # fmt: skip

#: Classes that are no estimators, and their methods that arrays go through.
OTHERS = {
    "sklearn.metrics._scorer._BaseScorer": ("__call__",),
    "sklearn.metrics._scorer._MultimetricScorer": ("__call__",),
    "sklearn.model_selection._split.BaseCrossValidator": ("split", "get_n_splits"),
    "sklearn.model_selection._split.BaseShuffleSplit": ("split", "get_n_splits"),
    "sklearn.gaussian_process.kernels.Kernel": ("__call__", "diag"),
}

#: What scikit-learn-intelex 2026.2 computes by oneDAL on CPUs, by the module that people import it from.
ONEDAL = {
    "cluster": ("DBSCAN", "KMeans"),
    "decomposition": ("PCA",),
    "ensemble": ("ExtraTreesClassifier", "ExtraTreesRegressor", "RandomForestClassifier", "RandomForestRegressor"),
    "linear_model": ("LinearRegression", "LogisticRegression", "Ridge"),
    "preview.linear_model": ("ElasticNet", "Lasso"),
    "manifold": ("TSNE",),
    "metrics": ("roc_auc_score",),
    "neighbors": ("KNeighborsClassifier", "KNeighborsRegressor", "LocalOutlierFactor", "NearestNeighbors"),
    "svm": ("NuSVC", "NuSVR", "SVC", "SVR"),
}

#: Of these, what stock scikit-learn does faster, and of which data: PCA.fit takes 1.1 to 2.3 times as long by oneDAL
#: whatever the size (and then it can't transform), SVC.fit 2 to 40 times on classes that can be told apart, a third of
#: libsvm's time on two that overlap.  Who predicts takes longer to choose than to do: 2 to 3 times of 100 rows, 1.5
#: times of 20,000.
STOCK_ON_CPUS: dict[str, Rule] = {
    "PCA.fit": Few(),
    "PCA.fit_transform": Few(),
    "PCA.transform": Few(),
    "SVC.fit": TellApart(),
    "Ridge.fit": Few(200_000),
    "ElasticNet.fit": Few(250_000),
    "Lasso.fit": Few(250_000),
    **dict.fromkeys(
        (
            "ElasticNet.predict", "KMeans.predict", "Lasso.predict", "LinearRegression.predict",
            "LogisticRegression.decision_function", "LogisticRegression.predict", "LogisticRegression.predict_proba",
            "Ridge.predict",
        ),
        Few(1_000_000),
    ),
}  # fmt: skip

#: What our drivers do faster on processors than both: libsvm makes a kernel value anew for each pair of classes, and
#: oneDAL can't predict by what libsvm has fitted on several.
OURS_ON_CPUS: dict[str, Rule] = dict.fromkeys(
    ("NuSVC.decision_function", "NuSVC.predict", "SVC.decision_function", "SVC.predict"), SeveralClasses()
)

#: What scikit-learn-intelex 2026.2 computes by oneDAL on Intel's GPUs.
ONEDAL_ON_GPUS = {
    "DBSCAN", "ExtraTreesClassifier", "ExtraTreesRegressor", "KMeans", "KNeighborsClassifier", "KNeighborsRegressor",
    "LinearRegression", "LocalOutlierFactor", "LogisticRegression", "NearestNeighbors", "PCA",
    "NuSVC", "NuSVR", "RandomForestClassifier", "RandomForestRegressor", "Ridge", "SVC", "SVR",
}  # fmt: skip

#: What scikit-learn-intelex 2026.2 hands on to stock scikit-learn without reporting it: (estimator, parameter, value).
HANDED_ON = {("LogisticRegression", "solver", "liblinear")}

#: Functions that scikit-learn 1.9 computes with any library's arrays; of estimators their tags say it, but of one.
ARRAY_API = {
    "MaxAbsScaler",
    "accuracy_score", "average_precision_score", "balanced_accuracy_score", "brier_score_loss", "cohen_kappa_score",
    "confusion_matrix", "cosine_similarity", "euclidean_distances", "explained_variance_score", "f1_score",
    "fbeta_score", "hamming_loss", "jaccard_score", "log_loss", "max_error", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_log_error", "mean_tweedie_deviance",
    "multilabel_confusion_matrix", "paired_cosine_distances", "paired_euclidean_distances", "pairwise_distances",
    "pairwise_kernels", "polynomial_kernel", "precision_recall_fscore_support", "precision_score", "r2_score",
    "rbf_kernel", "recall_score", "roc_curve", "root_mean_squared_error", "sigmoid_kernel", "train_test_split",
    "zero_one_loss",
}  # fmt: skip

#: What our drivers compute on GPUs: estimator or function -> module of `drivers`.
DRIVERS = {
    name: module
    for module, names in {
        "kmeans": ("KMeans",),
        "minibatch": ("MiniBatchKMeans",),
        "mixture": ("GaussianMixture",),
        "linear": ("ElasticNet", "Lasso", "LinearRegression", "Ridge"),
        "dbscan": ("DBSCAN",),
        "decomposition": ("TruncatedSVD",),
        "forest": ("ExtraTreesClassifier", "ExtraTreesRegressor", "RandomForestClassifier", "RandomForestRegressor"),
        "metrics": ("roc_auc_score", "silhouette_samples", "silhouette_score"),
        "covariance": ("EmpiricalCovariance", "LedoitWolf", "OAS", "ShrunkCovariance"),
        "pairwise": (
            "additive_chi2_kernel",
            "chi2_kernel",
            "laplacian_kernel",
            "linear_kernel",
            "manhattan_distances",
        ),
        "scaling": ("RobustScaler",),
        "svm": ("NuSVC", "NuSVR", "SVC", "SVR"),
        "neighbors": ("KNeighborsClassifier", "KNeighborsRegressor", "NearestNeighbors"),
    }.items()
    for name in names
}
