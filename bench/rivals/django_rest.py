"""Django REST framework with persistent connections under gunicorn, as their guides show it."""

import os

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY=os.environ["BENCH_SECRET"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "stoa",
            "USER": "stoa",
            "HOST": os.environ["BENCH_PG"],
            "CONN_MAX_AGE": None,
            "OPTIONS": {"options": "-c search_path=rival"},
        }
    },
    INSTALLED_APPS=["rest_framework"],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()

import jwt  # noqa: E402 (Django is set up before its models are imported)
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models, transaction  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import authentication, exceptions, permissions, serializers  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class Table(models.Model):
    """A table that this program does not make."""

    class Meta:
        """Where and how."""

        abstract = True
        app_label = "rival"
        managed = False


class Member(Table):
    """The table of members."""

    user_id = models.UUIDField(primary_key=True)
    role = models.TextField()
    is_authenticated = True

    class Meta(Table.Meta):
        """Where and how."""

        db_table = "member"


class Course(Table):
    """The table of courses."""

    id = models.UUIDField(primary_key=True)
    slug = models.TextField()
    title = models.TextField()
    state = models.TextField()

    class Meta(Table.Meta):
        """Where and how."""

        db_table = "course"


class Seat(Table):
    """The table of seats."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE)
    user_id = models.UUIDField()
    state = models.TextField()

    class Meta(Table.Meta):
        """Where and how."""

        db_table = "seat"


class Unit(Table):
    """The table of units."""

    id = models.UUIDField(primary_key=True)
    course = models.ForeignKey(Course, on_delete=models.CASCADE)
    title = models.TextField()
    section = models.TextField()
    subsection = models.TextField()

    class Meta(Table.Meta):
        """Where and how."""

        db_table = "unit"


class Block(Table):
    """The table of blocks."""

    id = models.UUIDField(primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="blocks")
    position = models.IntegerField()
    title = models.TextField()
    kind = models.TextField()
    content = models.JSONField()

    class Meta(Table.Meta):
        """Where and how."""

        db_table = "block"
        ordering = ["position"]


class Completion(Table):
    """The table of completions."""

    user_id = models.UUIDField()
    course = models.ForeignKey(Course, on_delete=models.CASCADE)
    block_id = models.UUIDField()
    completed_at = models.DateTimeField()

    class Meta(Table.Meta):
        """Where and how."""

        db_table = "completion"


class Journey(Table):
    """The table of journeys."""

    user_id = models.UUIDField()
    course = models.ForeignKey(Course, on_delete=models.CASCADE)
    percent = models.IntegerField(default=0)
    completed = models.IntegerField(default=0)
    required = models.IntegerField(default=0)
    resume_unit = models.UUIDField(null=True)
    active_at = models.DateTimeField()

    class Meta(Table.Meta):
        """Where and how."""

        db_table = "journey"


class Bearer(authentication.BaseAuthentication):
    """Tokens in the Authorization header."""

    def authenticate(self, request):
        """Return who asks."""
        _, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            raise exceptions.AuthenticationFailed from None
        member = Member.objects.filter(user_id=claims["sub"]).first()
        if member is None:
            raise exceptions.AuthenticationFailed
        return member, token


class IsLearner(permissions.BasePermission):
    """Learners only."""

    def has_permission(self, request, view):
        """Say whether the caller is a learner."""
        return request.user is not None and request.user.role == "learner"


class BlockOut(serializers.ModelSerializer):
    """What is answered of a block."""

    is_done = serializers.SerializerMethodField()

    class Meta:
        """Where and how."""

        model = Block
        fields = ["id", "title", "kind", "content", "is_done"]

    def get_is_done(self, block):
        """Say whether the block is done."""
        return block.id in self.context["done"]


class UnitOut(serializers.ModelSerializer):
    """What is answered of a unit."""

    blocks = BlockOut(many=True)
    course_title = serializers.CharField(source="course.title")

    class Meta:
        """Where and how."""

        model = Unit
        fields = ["course_id", "course_title", "id", "title", "section", "subsection", "blocks"]


class Learning(APIView):
    """What both views need."""

    authentication_classes = [Bearer]
    permission_classes = [IsLearner]

    def course(self, slug):
        """Return a course that the caller has a seat in."""
        course = Course.objects.filter(slug=slug, state="published").first()
        if course is None:
            raise exceptions.NotFound
        if not Seat.objects.filter(course=course, user_id=self.request.user.user_id, state="active").exists():
            raise exceptions.PermissionDenied
        return course

    def done(self, course):
        """Return the blocks that the caller has done."""
        rows = Completion.objects.filter(user_id=self.request.user.user_id, course=course)
        return set(rows.values_list("block_id", flat=True))


class Read(Learning):
    """Reading a unit."""

    def get(self, request, course, unit):
        """Read a unit."""
        found = self.course(course)
        page = Unit.objects.select_related("course").prefetch_related("blocks").get(id=unit)
        return Response(UnitOut(page, context={"done": self.done(found)}).data)


class Write(Learning):
    """Recording a progress event."""

    @transaction.atomic
    def post(self, request, course, unit):
        """Record a progress event."""
        found = self.course(course)
        page = Unit.objects.prefetch_related("blocks").get(id=unit)
        done, user, now = self.done(found), request.user.user_id, timezone.now()
        fresh = [
            block.id for block in page.blocks.all() if block.kind in ("html", "embed", "file") and block.id not in done
        ]
        rows = [Completion(user_id=user, course=found, block_id=block, completed_at=now) for block in fresh]
        Completion.objects.bulk_create(rows)
        whole = Block.objects.filter(unit__course=found).count()
        journey = Journey.objects.select_for_update().filter(user_id=user, course=found).first()
        journey = journey or Journey(user_id=user, course=found)
        journey.completed, journey.required = len(done) + len(fresh), whole
        journey.percent = journey.completed * 100 // max(1, whole)
        journey.resume_unit, journey.active_at = unit, now
        journey.save()
        return Response({"completed": fresh, "percent": journey.percent})


urlpatterns = [
    path("read/<str:course>/<uuid:unit>", Read.as_view()),
    path("write/<str:course>/<uuid:unit>", Write.as_view()),
]
application = get_wsgi_application()
